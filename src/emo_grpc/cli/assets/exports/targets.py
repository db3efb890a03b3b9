"""What an export is written to."""

from collections.abc import Callable, Iterable
from pathlib import Path, PurePath, PurePosixPath
from typing import Final, Protocol

import google_crc32c

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_format import FileSum
from emo_grpc.cli.assets.exports.vault import Vault
from emo_grpc.cli.failures import EXIT_CODES
from emo_grpc.client import OnProgress

DAMAGED: Final = "it arrived damaged"
DAMAGED_EXIT: Final = EXIT_CODES["DATA_LOSS"]


Wants = Callable[[str, int, int], bool]
"""Whether a file of this path, size in bytes and CRC-32C is part of the export."""


class ExportTarget(Protocol):
    """A folder or an archive. All methods raise OSError."""

    @property
    def folder(self) -> Path:
        """Where an export may keep files of its own while it is under way."""
        ...

    def begin(self, manifest: bytes) -> None:
        """Look at what an earlier export has left there, say that it is not whole yet, and what it is. Blocking.

        Raises Refusal for what can't be gone on with.
        """
        ...

    def has(self, path: PurePath, asset: WantedAsset) -> bool:
        """Whether the file of an asset is there, and right. Blocking; several threads may ask at once."""
        ...

    def keep(self, wants: Wants) -> None:
        """Let go of what is there and must not be in the export, where nobody else put it. Blocking."""
        ...

    async def add(self, vault: Vault, asset: Asset, path: PurePosixPath, on_progress: OnProgress) -> None:
        """Bring the file of an asset to this path, where it is not; several may be on their way.

        Raises what the vault does; after FileMissing nothing is there.
        """
        ...

    def end(self) -> None:
        """Let go of what was broken off and is not gone on with: all files are there that can be. Blocking."""
        ...

    def write(self, name: str, lines: Iterable[bytes]) -> FileSum:
        """Write a file of the export itself, at its top. Blocking."""
        ...


class Summing:
    """The running size and CRC-32C of a file of the export itself."""

    def __init__(self) -> None:
        self._size = self._crc32c = 0

    def add(self, data: bytes) -> bytes:
        """Count it; gives it back."""
        self._size += len(data)
        self._crc32c = google_crc32c.extend(self._crc32c, data)
        return data

    @property
    def sum(self) -> FileSum:
        """Of all that was counted."""
        return FileSum(self._size, self._crc32c)
