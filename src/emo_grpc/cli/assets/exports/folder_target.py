"""A folder that an export is written to."""

import asyncio
import os
from collections.abc import Iterable
from contextlib import aclosing
from pathlib import Path, PurePosixPath
from typing import Final

import google_crc32c

from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.cli.assets.exports.export_format import MANIFEST, MAX_MANIFEST_BYTES, ExportManifest, FileSum, NoExport
from emo_grpc.cli.assets.exports.targets import DAMAGED, DAMAGED_EXIT, Summing, on_thread
from emo_grpc.cli.assets.exports.vault import FileMissing, Vault
from emo_grpc.cli.failures import EXIT_CODES, LOCAL, Refusal
from emo_grpc.client import OnProgress, Progress
from emo_grpc.client.transfers.partial_file import PartialFile, open_part
from emo_grpc.private_file import sync_folder

READ_BYTES: Final = 1 << 20
FOLDER_MODE: Final = 0o700
"""Only who makes an export may read it."""


class FolderTarget:
    """See ExportTarget. Files that are there and right stay, and one that was broken off goes on."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def prepared(cls, root: Path) -> "FolderTarget":
        """Make it, or go on with the export in it. Blocking. Raises Refusal for a folder that has something else."""
        root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if any(root.iterdir()):
            _require_export(root)
        return cls(root)

    def begin(self, manifest: bytes) -> None:
        """See ExportTarget."""
        self.write(MANIFEST, [manifest])

    async def add(self, vault: Vault, asset: Asset, path: PurePosixPath, on_progress: OnProgress) -> None:
        """See ExportTarget."""
        target = self._root / path
        await asyncio.to_thread(self._make_folders, path.parent)
        if await asyncio.to_thread(_is_right, target, asset.file):
            return
        size = asset.file.size_bytes
        with open_part(target, f"{asset.asset_id} {size} {asset.file.crc32c}") as part:
            await asyncio.to_thread(part.resume, size)
            await self._fill(vault, asset, part, on_progress)
            if part.size != size or part.crc32c != asset.file.crc32c:
                part.reset()
                raise FileMissing(DAMAGED, DAMAGED_EXIT)
            await asyncio.to_thread(part.finish, target, overwrite=True)

    def write(self, name: str, lines: Iterable[bytes]) -> FileSum:
        """See ExportTarget; the file is replaced at once."""
        summing, draft = Summing(), self._root / f"{name}.part"
        with draft.open("wb") as file:
            for line in lines:
                file.write(summing.add(line))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._root / name)
        sync_folder(self._root)
        return summing.sum

    async def _fill(self, vault: Vault, asset: Asset, part: PartialFile, on_progress: OnProgress) -> None:
        on_progress(Progress(part.size, part.size, asset.file.size_bytes))
        async with aclosing(vault.chunks(asset, part.size)) as chunks:
            async for data in chunks:
                await on_thread(part.append, data)
                on_progress(Progress(part.size, part.size, asset.file.size_bytes))

    def _make_folders(self, folder: PurePosixPath) -> None:
        """Follow no link, which somebody else may have put there. Raises Refusal."""
        path = self._root
        for name in folder.parts:
            path /= name
            path.mkdir(mode=FOLDER_MODE, exist_ok=True)
            if path.is_symlink():
                raise Refusal(f"{path} is a link, and leads out of the export", LOCAL)


def _require_export(root: Path) -> None:
    manifest = root / MANIFEST
    try:
        with manifest.open("rb") as file:
            ExportManifest.from_bytes(file.read(MAX_MANIFEST_BYTES))
    except (FileNotFoundError, NoExport):
        code = EXIT_CODES["ALREADY_EXISTS"]
        raise Refusal(f"{root} is not empty, and no export: name a new folder", code) from None


def _is_right(path: Path, file: File) -> bool:
    """Whether it is there with the right bytes, and no link to such."""
    if path.is_symlink():
        path.unlink()
    if not path.is_file() or path.stat().st_size != file.size_bytes:
        return False
    crc32c = 0
    with path.open("rb") as stream:
        while data := stream.read(READ_BYTES):
            crc32c = google_crc32c.extend(crc32c, data)
    return crc32c == file.crc32c
