"""Writes a download into a file."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from emo.assets.v1.assets_pb2 import File
from emo_grpc.client.errors import ChecksumMismatch
from emo_grpc.client.transfers.download import ByteRange, Download
from emo_grpc.client.transfers.partial_file import (
    PartialFile,
    already_exists,
    end_naming,
    open_part,
    part_path,
    range_identity,
)
from emo_grpc.client.transfers.progress import OnProgress, Progress
from emo_grpc.client.transfers.special_file import is_special, keeps_bytes, open_special
from emo_grpc.thread_work import on_thread, run_to_end

NO_BYTES: Final = b""
KEPT: Final = "what was received is kept, and the same command goes on with it"


@dataclass(frozen=True, slots=True)
class DownloadResult:
    """A finished download: where it is, how many bytes it has, and what the file is called in the vault."""

    path: Path
    size_bytes: int
    name: str = ""


class FileReceiver:
    """Receives one range of one asset's file into `target`."""

    def __init__(self, download: Download, asset_id: str, file: File, wanted: ByteRange) -> None:
        self._download = download
        self._file = file
        self._offset = wanted.offset
        self._end = wanted.end_in(file.size_bytes)
        self._is_whole = self._end - self._offset == file.size_bytes
        self._identity = range_identity(asset_id, file.size_bytes, file.crc32c, self._offset, self._end)

    async def receive(self, target: Path, on_progress: OnProgress, *, overwrite: bool) -> DownloadResult:
        """Write the range, check it, give it its name. Raises EmoClientError, OSError with the name of `target`.

        What a symbolic link stands for is replaced, and the link stays. Into a device or a FIFO the bytes are written
        as they come; only a disk's are thought to be lost by that, without `overwrite`.
        """
        with self._naming_target(target):
            if await asyncio.to_thread(is_special, target):
                await self._write_special(target, on_progress, overwrite=overwrite)
            else:
                await self._replace(target, on_progress, overwrite=overwrite)
        return DownloadResult(target, self._end - self._offset, self._file.name)

    async def _write_special(self, target: Path, on_progress: OnProgress, *, overwrite: bool) -> None:
        if not overwrite and await asyncio.to_thread(keeps_bytes, target):
            raise already_exists(target)
        total, done = self._end - self._offset, 0
        async with open_special(target) as special, aclosing(self._download.chunks(self._offset, self._end)) as chunks:
            async for data in chunks:
                await special.write(data)
                done += len(data)
                on_progress(Progress(done, done, total))

    async def _replace(self, target: Path, on_progress: OnProgress, *, overwrite: bool) -> None:
        if overwrite:
            target = Path(await asyncio.to_thread(os.path.realpath, target))
        await asyncio.to_thread(end_naming, part_path(target, self._identity), target)
        if not overwrite and await asyncio.to_thread(os.path.lexists, target):
            raise already_exists(target)
        with open_part(target, self._identity) as part:
            if self._is_whole:
                await on_thread(partial(part.resume, self._end - self._offset))
            else:
                part.reset()  # a range has no checksum that would tell what lies there from what was sent
            await self._fill_and_verify(part, on_progress)
            await on_thread(partial(part.finish, target, overwrite=overwrite))

    async def _fill_and_verify(self, part: PartialFile, on_progress: OnProgress) -> None:
        had = part.size
        await self._fill(part, on_progress)
        if not self._is_intact(part) and had:
            part.reset()  # what lay on the disk from before may be what is wrong
            await self._fill(part, on_progress)
        if not self._is_intact(part):
            part.reset()
            raise ChecksumMismatch("the file arrived damaged", reason="FILE_CHECKSUM_MISMATCH")

    async def _fill(self, part: PartialFile, on_progress: OnProgress) -> None:
        loop = asyncio.get_running_loop()
        writing = loop.run_in_executor(None, part.append, NO_BYTES)
        total = self._end - self._offset
        received = part.size
        try:
            async with aclosing(self._download.chunks(self._offset + part.size, self._end)) as chunks:
                async for data in chunks:
                    await run_to_end(writing)
                    on_progress(Progress(received, part.size, total))
                    received += len(data)
                    writing = loop.run_in_executor(None, part.append, data)
        finally:
            # The handle must not be closed, and perhaps reused, under a write.
            with suppress(OSError):
                await run_to_end(writing)
        await writing
        on_progress(Progress(part.size, part.size, total))

    def _is_intact(self, part: PartialFile) -> bool:
        return not self._is_whole or part.crc32c == self._file.crc32c

    @contextmanager
    def _naming_target(self, target: Path) -> Iterator[None]:
        """People know of the file that they have named, not of the partial one, and writes don't name any."""
        try:
            yield
        except OSError as error:
            part = part_path(Path(os.path.realpath(target)), self._identity)
            if error.filename is None or Path(error.filename).name == part.name:
                error.filename, error.filename2 = str(target), None
            if self._is_whole and part.exists():
                error.add_note(KEPT)
            raise
