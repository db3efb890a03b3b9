"""A file in a ZIP archive, for an upload."""

import asyncio
import errno
import zipfile
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path
from struct import error as StructError  # noqa: N812 - it is a class
from typing import IO, Final

from emo_grpc.client import SourceChanged
from emo_grpc.client.transfers.sources import CHUNK_BYTES

DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, LZMAError, EOFError, NotImplementedError, RuntimeError, UnicodeError, OverflowError,
    StructError,
)  # fmt: skip
"""What zipfile raises for bytes of others, also for names that are no UTF-8 and numbers that no file has."""


@contextmanager
def telling_damage(name: str) -> Iterator[None]:
    """What is wrong with an archive, as OSError that names the file in it."""
    try:
        yield
    except DAMAGE as error:
        raise OSError(errno.EIO, "it is damaged in the archive", name) from error


class ZipSource:
    """See ByteSource. To go back, an upload unpacks the file from its start again."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
        self._archive = archive
        self._info = info
        self._path = path
        self._at_start = path.stat()

    @property
    def size_bytes(self) -> int | None:
        """See ByteSource; 0 is none that is known."""
        return self._info.file_size or None

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """See ByteSource."""
        file = await asyncio.to_thread(self._open, offset)
        try:
            while data := await asyncio.to_thread(self._read, file):
                offset += len(data)
                yield data
        finally:
            file.close()
        if offset < self._info.file_size:
            raise OSError(errno.EIO, "it is damaged in the archive", self._info.filename)

    async def check_unchanged(self) -> None:
        """See ByteSource: by size and time of modification of the archive."""
        found = await asyncio.to_thread(self._path.stat)
        if (found.st_size, found.st_mtime_ns) != (self._at_start.st_size, self._at_start.st_mtime_ns):
            raise SourceChanged(f"{self._path} changed while it was uploaded")

    def _open(self, offset: int) -> IO[bytes]:
        with telling_damage(self._info.filename):
            file = self._archive.open(self._info)
            file.seek(offset)
            return file

    def _read(self, file: IO[bytes]) -> bytes:
        with telling_damage(self._info.filename):
            return file.read(CHUNK_BYTES)
