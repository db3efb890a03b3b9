"""Opens a backup that is in a place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from emo_grpc.backup.database_copy import open_copy
from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.backup.manifest import DATABASE, MANIFEST, Manifest, Sum
from emo_grpc.backup.place import BackupPlace
from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder
from emo_grpc.shared.service_layer.clock import Clock


async def manifest_of(place: BackupPlace, backup_id: str | None) -> Manifest:
    """That of one backup, by default the latest. Raises BackupRefused if there is none, BackupDamaged, Unavailable."""
    ids = await place.backup_ids()
    if not ids or backup_id not in (None, *ids):
        raise BackupRefused("there is no backup" if backup_id is None else f"there is no backup {backup_id}")
    found = backup_id or ids[-1]
    manifest = Manifest.from_bytes(await place.manifest(found))
    if manifest.backup_id != found:
        raise BackupDamaged(f"the manifest of {found} is that of {manifest.backup_id}")
    return manifest


async def fetch_proven(place: BackupPlace, manifest: Manifest, name: str, target: Path) -> None:
    """Copy a file of a backup into a new one here, which is there only when it is what it was.

    Raises BackupDamaged if it is not, Unavailable.
    """
    draft = target.with_name(f"{target.name}.fetched")
    draft.unlink(missing_ok=True)  # of a command that was killed
    try:
        await place.fetch(manifest.backup_id, name, draft)
        if await asyncio.to_thread(Sum.of, draft) != manifest.sums.get(name):
            raise BackupDamaged(f"{name} was changed")
        await asyncio.to_thread(_publish, draft, target)
    finally:
        draft.unlink(missing_ok=True)


@asynccontextmanager
async def opened_database(
    place: BackupPlace, manifest: Manifest, path: Path, clock: Clock
) -> AsyncIterator[MetadataStore]:
    """Copy the database of a backup to `path`, and open it there.

    Raises BackupDamaged, also if it is of another server than the manifest says, or of none; Unavailable.
    """
    await fetch_proven(place, manifest, DATABASE, path)
    async with open_copy(path, clock) as copy:
        if await copy.metadata.inventory.installation() != manifest.installation:
            raise BackupDamaged(f"{DATABASE} is not of the server that {MANIFEST} names")
        yield copy


def _publish(draft: Path, target: Path) -> None:
    draft.rename(target)
    sync_folder(target.parent)
