"""A part in memory, as boto3 reads it."""

import io

from typing_extensions import Buffer


class PartBody(io.RawIOBase):
    """Reads a part where it lies. What boto3 gets as bytes it copies, all of it, for as long as it sends."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._position = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes: it is read once for the signature, and again whenever it is sent again."""
        return True

    def tell(self) -> int:
        """Bytes before the next one."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go on reading there; gives the new position."""
        begins = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._data)}
        self._position = begins[whence] + offset
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer, as far as there are bytes; gives how many."""
        room = memoryview(buffer)
        piece = self._data[self._position : self._position + len(room)]
        room[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)
