"""What an export is written to."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import PurePath, PurePosixPath
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


class ExportTarget(Protocol):
    """A folder or an archive. All methods raise OSError."""

    def begin(self, manifest: bytes) -> None:
        """Say that it is not whole yet, where that can be seen before its end. Blocking."""
        ...

    def has(self, path: PurePath, asset: WantedAsset) -> bool:
        """Whether the file of an asset is there, and right. Blocking."""
        ...

    async def add(self, vault: Vault, asset: Asset, path: PurePosixPath, on_progress: OnProgress) -> None:
        """Bring the file of an asset to this path, where it is not; several may be on their way.

        Raises what the vault does; after FileMissing nothing is there.
        """
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


async def on_thread(write: Callable[[bytes], object], data: bytes) -> None:
    """Write on a thread; cancelled, it waits for its end, since nothing may be closed under a write."""
    writing = asyncio.get_running_loop().run_in_executor(None, write, data)
    try:
        await asyncio.shield(writing)
    finally:
        await asyncio.wait([writing])
