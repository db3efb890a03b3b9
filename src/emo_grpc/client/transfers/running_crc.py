"""The CRC-32C of a file as far as it has been read."""

from typing import Final

import google_crc32c

STEP_BYTES: Final = 8 * 1024 * 1024
"""Servers of emo persist parts of this size, so an upload mostly goes on at one of these offsets."""


class RunningCrc:
    """Remembers the CRC-32C at offsets, about one every 8 MiB, so that going back needs no reading from the start."""

    def __init__(self) -> None:
        self._known = {0: 0}
        self._offset = 0
        self._crc = 0

    @property
    def offset(self) -> int:
        """How many bytes were added."""
        return self._offset

    @property
    def value(self) -> int:
        """The CRC-32C of the bytes before `offset`."""
        return self._crc

    def add(self, data: bytes) -> None:
        """Go on with the next bytes."""
        self._crc = google_crc32c.extend(self._crc, data)
        before = self._offset
        self._offset += len(data)
        if before // STEP_BYTES != self._offset // STEP_BYTES:
            self._known[self._offset] = self._crc

    def rewind(self, offset: int) -> None:
        """Go back to the nearest remembered offset that is not after `offset`; nothing to do when no more was added."""
        if self._offset <= offset:
            return
        self._offset = max(known for known in self._known if known <= offset)
        self._crc = self._known[self._offset]
