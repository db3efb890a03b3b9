"""A folder that an export is written to."""

import asyncio
import os
from collections.abc import Iterable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.downloads.tree_folder import TreeFolder, is_folder
from emo_grpc.cli.assets.downloads.wanted import WantedAsset
from emo_grpc.cli.assets.exports.export_format import (
    FILES,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    README,
    README_TEXT,
    TRASH,
    ExportManifest,
    FileSum,
    NoExport,
)
from emo_grpc.cli.assets.exports.targets import DAMAGED, DAMAGED_EXIT, Summing, Wants
from emo_grpc.cli.assets.exports.vault import FileMissing, Vault
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.client import OnProgress, Progress
from emo_grpc.client.transfers.file_names import is_partial
from emo_grpc.client.transfers.partial_file import BINARY_AND_NO_LINK, PartialFile, open_part, part_path
from emo_grpc.private_file import locked_folder, sync_folder
from emo_grpc.thread_work import on_thread

FOLDER_MODE: Final = 0o700
"""Only who makes an export may read it."""


class FolderTarget:
    """See ExportTarget. Files that are there and right stay, and one that was broken off goes on."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tree = TreeFolder(root, FOLDER_MODE)
        self._broken_off: set[Path] = set()

    @classmethod
    @contextmanager
    def opened(cls, root: Path) -> Iterator["FolderTarget"]:
        """Make it, or go on with the export in it. Blocking.

        Raises Refusal for a folder that has something else, or to which another export is under way; OSError.
        """
        root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        with locked_folder(root) as is_held:
            if not is_held:
                raise Refusal(f"another export to {root} is under way", EXIT_CODES["FAILED_PRECONDITION"])
            if any(root.iterdir()):
                _require_export(root)
            yield cls(root)

    @property
    def folder(self) -> Path:
        """See ExportTarget."""
        return self._root

    def begin(self, manifest: bytes) -> None:
        """See ExportTarget."""
        self.write(MANIFEST, [manifest])
        self.write(README, [README_TEXT.encode()])

    def has(self, path: PurePath, asset: WantedAsset) -> bool:
        """See ExportTarget."""
        return self._tree.has(path, asset)

    def keep(self, wants: Wants) -> None:
        """See ExportTarget: what earlier exports have left stays; assets.jsonl does not name it."""
        del wants

    async def add(self, vault: Vault, asset: Asset, path: PurePosixPath, on_progress: OnProgress) -> None:
        """See ExportTarget."""
        target = await asyncio.to_thread(self._tree.prepare, path)
        size = asset.file.size_bytes
        identity = f"{asset.asset_id} {size} {asset.file.crc32c}"
        self._broken_off.add(part_path(target, identity))
        with open_part(target, identity) as part:
            await on_thread(partial(part.resume, size))
            had = part.size
            await self._fill(vault, asset, part, on_progress)
            if had and not _is_intact(part, asset):
                part.reset()  # what lay on the disk from before may be what is wrong
                await self._fill(vault, asset, part, on_progress)
            if not _is_intact(part, asset):
                part.reset()
                raise FileMissing(DAMAGED, DAMAGED_EXIT)
            await on_thread(partial(part.finish, target, overwrite=True))
        self._broken_off.discard(part_path(target, identity))

    def end(self) -> None:
        """See ExportTarget: of files that were broken off and are no more in the vault, or have other bytes."""
        for top in filter(is_folder, (self._root / FILES, self._root / TRASH)):
            for path in top.rglob("*.part"):
                if is_partial(path.name) and path not in self._broken_off:
                    path.unlink(missing_ok=True)

    def write(self, name: str, lines: Iterable[bytes]) -> FileSum:
        """See ExportTarget; the file is replaced at once."""
        summing, draft = Summing(), self._root / f"{name}.part"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY_AND_NO_LINK, 0o666), "wb") as file:
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
                await on_thread(partial(part.append, data))
                on_progress(Progress(part.size, part.size, asset.file.size_bytes))


def _is_intact(part: PartialFile, asset: Asset) -> bool:
    return (part.size, part.crc32c) == (asset.file.size_bytes, asset.file.crc32c)


def _require_export(root: Path) -> None:
    manifest = root / MANIFEST
    try:
        with manifest.open("rb") as file:
            ExportManifest.from_bytes(file.read(MAX_MANIFEST_BYTES))
    except (FileNotFoundError, NoExport):
        code = EXIT_CODES["ALREADY_EXISTS"]
        raise Refusal(f"{root} is not empty, and no export: name a new folder", code) from None
