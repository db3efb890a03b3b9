"""Writes into what has a name but keeps no file under it: devices and FIFOs."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from emo_grpc.thread_work import on_thread

READER_POLL_SECONDS: Final = 0.05


def is_special(target: Path) -> bool:
    """Whether there is something that can't be replaced by a file without a loss. Raises OSError."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def keeps_bytes(target: Path) -> bool:
    """Whether it is a disk, whose bytes would be written over. Raises OSError."""
    return stat.S_ISBLK(target.stat().st_mode)


class SpecialFile:
    """One that is open for writing."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    async def write(self, data: bytes) -> None:
        """Write all of it, as fast as it is taken. Raises OSError."""
        view = memoryview(data)
        while view:
            try:
                view = view[await on_thread(partial(os.write, self._handle, view)) :]
            except BlockingIOError:
                await self._writable()

    async def _writable(self) -> None:
        loop, is_writable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_writer(self._handle, is_writable.set)
        try:
            await is_writable.wait()
        finally:
            loop.remove_writer(self._handle)


@asynccontextmanager
async def open_special(target: Path) -> AsyncIterator[SpecialFile]:
    """Open it, a FIFO as soon as it has a reader; no thread waits, so that it can be cancelled. Raises OSError."""
    handle = await _opened(target)
    try:
        yield SpecialFile(handle)
    finally:
        os.close(handle)


async def _opened(target: Path) -> int:
    while True:
        try:
            return os.open(target, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or not await asyncio.to_thread(target.is_fifo):
                raise
        await asyncio.sleep(READER_POLL_SECONDS)
