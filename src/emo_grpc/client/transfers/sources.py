"""Where the bytes of an upload come from."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, Protocol

from emo_grpc.client.errors import SourceChanged
from emo_grpc.thread_work import run_to_end

CHUNK_BYTES: Final = 1024 * 1024


class ByteSource(Protocol):
    """Bytes that can be read again from any offset, since an upload may have to go back.

    Obligations: every read gives the same bytes; `check_unchanged` raises SourceChanged once that is no longer so.
    """

    @property
    def size_bytes(self) -> int | None:
        """How many there are; None = known only at the end."""
        ...

    def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset` to the end, in chunks of at most 2 MiB, none of them empty."""
        ...

    async def check_unchanged(self) -> None:
        """Raise SourceChanged if other bytes would come now."""
        ...


class BytesSource:
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size_bytes(self) -> int:
        """See ByteSource."""
        return len(self._data)

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """See ByteSource."""
        for start in range(offset, len(self._data), CHUNK_BYTES):
            yield self._data[start : start + CHUNK_BYTES]

    async def check_unchanged(self) -> None:
        """See ByteSource."""


class FileSource:
    """An open file, read on a thread one chunk ahead.

    A size of 0 means unknown, and the file is read to its end: the files of /proc say 0 whatever they hold.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle
        self._at_start = os.fstat(handle)

    @property
    def size_bytes(self) -> int | None:
        """See ByteSource."""
        return self._at_start.st_size or None

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """See ByteSource."""
        loop = asyncio.get_running_loop()
        ahead = loop.run_in_executor(None, self._read, offset)
        try:
            while self.size_bytes is None or offset < self.size_bytes:
                data = await run_to_end(ahead)
                if not data and self.size_bytes is None:
                    return
                if not data:
                    raise self._changed()
                offset += len(data)
                ahead = loop.run_in_executor(None, self._read, offset)
                yield data
        finally:
            # The handle must not be closed, and perhaps reused, under a read.
            with suppress(OSError):
                await run_to_end(ahead)

    async def check_unchanged(self) -> None:
        """See ByteSource: by size and time of modification, of the open file and of what its name stands for now."""
        if not await asyncio.to_thread(self._is_unchanged):
            raise self._changed()

    def _read(self, offset: int) -> bytes:
        wanted = CHUNK_BYTES if self.size_bytes is None else min(CHUNK_BYTES, self.size_bytes - offset)
        try:
            return os.pread(self._handle, wanted, offset)
        except OSError as error:
            error.filename = str(self._path)
            raise

    def _is_unchanged(self) -> bool:
        try:
            found = (os.fstat(self._handle), self._path.stat())
        except FileNotFoundError:
            return False
        before = (self._at_start.st_size, self._at_start.st_mtime_ns)
        return all((now.st_size, now.st_mtime_ns) == before for now in found)

    def _changed(self) -> SourceChanged:
        return SourceChanged(f"{self._path} changed while it was uploaded")


@asynccontextmanager
async def open_file(path: Path) -> AsyncIterator[FileSource]:
    """Open a file for an upload. Raises OSError, also for what can't be read twice."""
    # Without O_NONBLOCK, a FIFO that took the place of a file would be waited for.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = await asyncio.to_thread(os.open, path, flags)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.ESPIPE, "not a file", str(path))
        yield FileSource(path, handle)
    finally:
        os.close(handle)


def opened(source: Path | ByteSource) -> AbstractAsyncContextManager[ByteSource]:
    """The bytes of a file, open meanwhile, see `open_file`; or what is a source already."""
    return open_file(source) if isinstance(source, Path) else nullcontext(source)
