"""A ZIP file that an export is written to."""

import asyncio
import zipfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO

import google_crc32c

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.draft_file import begin_of_draft, opened_draft
from emo_grpc.cli.assets.exports.draft_index import DraftIndex
from emo_grpc.cli.assets.exports.export_format import FileSum
from emo_grpc.cli.assets.exports.targets import DAMAGED, DAMAGED_EXIT, Summing, Wants
from emo_grpc.cli.assets.exports.vault import FileMissing, Vault
from emo_grpc.cli.assets.exports.zip_draft import ZipDraft
from emo_grpc.cli.assets.exports.zip_entries import asset_entry, own_entry
from emo_grpc.cli.assets.side_by_side import SMALL_BYTES
from emo_grpc.client import OnProgress, Progress
from emo_grpc.thread_work import on_thread


class ZipTarget:
    """See ExportTarget. Nothing is packed smaller: photos, videos and sound can't be."""

    def __init__(self, folder: Path, file: BinaryIO, index: DraftIndex) -> None:
        self._folder = folder
        self._file = file
        self._draft = ZipDraft(file)
        self._index = index
        self._writing = asyncio.Lock()

    @classmethod
    @contextmanager
    def opened(cls, path: Path, *, overwrite: bool) -> Iterator["ZipTarget"]:
        """It gets its name when all is in it and safe; until then it grows beside it, and goes on there. Blocking.

        Raises Refusal if there is a file of this name, unless `overwrite`, and OSError.
        """
        with opened_draft(path, overwrite=overwrite) as file, DraftIndex.opened(path.parent) as index:
            target = cls(path.parent, file, index)
            yield target
            target._draft.finish()

    @property
    def folder(self) -> Path:
        """See ExportTarget."""
        return self._folder

    def begin(self, manifest: bytes) -> None:
        """See ExportTarget: that it is not whole is said by its name."""
        del manifest
        length = self._file.seek(0, 2)
        if length < len(begin_of_draft()):
            self._file.seek(0)
            self._file.write(begin_of_draft())
            length = self._file.seek(0, 2)
        self._index.read(self._draft, length)

    def has(self, path: PurePath, asset: WantedAsset) -> bool:
        """See ExportTarget."""
        return self._index.has(path, asset)

    def keep(self, wants: Wants) -> None:
        """See ExportTarget."""
        self._index.keep(self._draft, wants)

    async def add(self, vault: Vault, asset: Asset, path: PurePosixPath, on_progress: OnProgress) -> None:
        """See ExportTarget. One file is written at a time; small ones wait for their turn in memory."""
        chunks, info = _checked(vault, asset, on_progress), asset_entry(str(path), asset)
        if asset.file.size_bytes < SMALL_BYTES:
            data = b"".join([each async for each in chunks])
            async with self._writing:
                await on_thread(partial(self._draft.add, info, data))
            return
        async with self._writing:
            await self._stream(info, chunks)

    def end(self) -> None:
        """See ExportTarget: there is nothing."""

    async def _stream(self, info: zipfile.ZipInfo, chunks: AsyncGenerator[bytes, None]) -> None:
        with self._draft.growing(info) as write:
            async with aclosing(chunks):
                async for data in chunks:
                    await on_thread(partial(write, data))

    def write(self, name: str, lines: Iterable[bytes]) -> FileSum:
        """See ExportTarget."""
        summing = Summing()
        with self._draft.growing(own_entry(name)) as write:
            for line in lines:
                write(summing.add(line))
        return summing.sum


async def _checked(vault: Vault, asset: Asset, on_progress: OnProgress) -> AsyncGenerator[bytes, None]:
    """The bytes of a file; raises FileMissing after the last one if they are not what its checksum says."""
    size = crc32c = 0
    async with aclosing(vault.chunks(asset, 0)) as chunks:
        async for data in chunks:
            size, crc32c = size + len(data), google_crc32c.extend(crc32c, data)
            on_progress(Progress(size, 0, asset.file.size_bytes))  # in a ZIP file no file goes on in its middle
            yield data
    if (size, crc32c) != (asset.file.size_bytes, asset.file.crc32c):
        raise FileMissing(DAMAGED, DAMAGED_EXIT)
