"""Backups in a folder."""

import asyncio
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.adapters.filesystem.durable_files import FULL
from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.backup.manifest import BACKUP_ID, MANIFEST, MAX_BYTES
from emo_grpc.backup.private_files import copy_private, new_private_file, open_plain, sync_file
from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder, sync_folder
from emo_grpc.shared.domain.errors import StorageFull

T = TypeVar("T")

OURS: Final = {"backups", "drafts", "pool"}
DRAFT: Final = re.compile("[0-9a-f]{16}")
FRESH: Final = {"lost+found"}
"""What a new volume has."""


class FolderPlace:
    """Under the folder: `backups/<id>/` for what is whole, `drafts/` for what is not, `pool/` for stored files.

    A draft becomes a backup by a rename. The file system must have hard links, as under a FilesystemBlobStore.
    """

    def __init__(self, folder: Path) -> None:
        self._backups, self._drafts = folder / "backups", folder / "drafts"
        self.blobs = FilesystemBlobStore(folder / "pool")

    async def backup_ids(self) -> list[str]:
        """The names in `backups`."""
        return await _run(lambda: _ids_in(self._backups))

    @asynccontextmanager
    async def draft(self) -> AsyncIterator[Path]:
        """A folder beside them. What a crash has left of others is removed: nobody else is at work here."""
        folder = self._drafts / secrets.token_hex(8)
        await _run(lambda: self._begin(folder))
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def add(self, backup_id: str, draft: Path, manifest: bytes) -> None:
        """Write the manifest into the draft, and rename that."""
        await _run(lambda: self._add(self._backups / backup_id, draft, manifest))

    async def manifest(self, backup_id: str) -> bytes:
        """Read it."""
        return await _run(lambda: self._manifest(self._backups / backup_id / MANIFEST))

    async def fetch(self, backup_id: str, name: str, target: Path) -> None:
        """Copy one of its files."""
        await _run(lambda: copy_private(self._backups / backup_id / name, target))

    async def remove(self, backup_id: str) -> None:
        """Rename it into a draft, which nobody takes for a backup."""
        await _run(lambda: self._remove(self._backups / backup_id))

    async def remove_broken_off(self, before: datetime) -> None:
        """`draft` has done it: nobody else is at work here."""

    def close(self) -> None:
        """Let go of threads."""
        self.blobs.close()

    def _manifest(self, path: Path) -> bytes:
        with open_plain(path) as file:
            return file.read(MAX_BYTES + 1)

    def _begin(self, folder: Path) -> None:
        for left in self._drafts.iterdir() if self._drafts.is_dir() else ():
            if DRAFT.fullmatch(left.name):  # somebody may keep drafts of something else there
                shutil.rmtree(left, ignore_errors=True)
        make_folder(self._backups)
        make_folder(folder)

    def _add(self, backup: Path, draft: Path, manifest: bytes) -> None:
        for path in draft.iterdir():
            sync_file(path)
        with new_private_file(draft / MANIFEST) as file:
            file.write(manifest)
        sync_folder(draft)
        draft.rename(backup)
        sync_folder(self._backups)

    def _remove(self, backup: Path) -> None:
        if backup.is_dir():
            make_folder(self._drafts)
            gone = self._drafts / secrets.token_hex(8)
            backup.rename(gone)
            sync_folder(self._backups)
            shutil.rmtree(gone, ignore_errors=True)


@asynccontextmanager
async def open_folder(folder: Path, *, changes: bool) -> AsyncIterator[FolderPlace]:
    """Open a folder with backups; one that is missing is made if something `changes`. Raises BackupRefused.

    Many may read at a time, and nobody else while one writes. The system ends the lock with its process.
    """
    await _run(lambda: _prepare(folder, changes=changes))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if changes else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(f"another command is at work on the backups in {folder}: wait for it") from None
        place = FolderPlace(folder)
        try:
            yield place
        finally:
            await asyncio.to_thread(place.close)
    finally:
        os.close(descriptor)


def _prepare(folder: Path, *, changes: bool) -> None:
    if changes and not folder.exists():
        make_folder(folder)
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else None
    if names is None or not (changes or "backups" in names):
        raise BackupRefused(f"there are no backups in {folder}")
    if changes:
        _require_ours(folder, names)


def _require_ours(folder: Path, names: set[str]) -> None:
    """Raise BackupRefused for a folder with other things, such as a home with some `backups`, or for an open one."""
    if names - FRESH - OURS and not _ids_in(folder / "backups"):
        raise BackupRefused(f"{folder} holds something else: name a new folder")
    for path in (folder, *(folder / name for name in sorted(names & OURS))):
        if path.stat().st_mode & stat.S_IWOTH:
            raise BackupRefused(f"every user of this machine may write to {path}: chmod o-w {path}, or name another")


def _ids_in(backups: Path) -> list[str]:
    if not backups.is_dir():
        return []
    return sorted(path.name for path in backups.iterdir() if BACKUP_ID.fullmatch(path.name))


async def _run(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError as error:
        raise BackupDamaged(f"{error.filename} is gone") from error
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull("there is no room left for the backup") from error
        raise BackupRefused(f"{error.filename}: {error.strerror}") from error
