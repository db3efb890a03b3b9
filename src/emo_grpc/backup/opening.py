"""Opens a backup that is in a place."""

import asyncio
from pathlib import Path

from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.backup.manifest import Manifest, Sum
from emo_grpc.backup.place import BackupPlace
from emo_grpc.shared.adapters.filesystem.folder_sync import sync_folder


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


def _publish(draft: Path, target: Path) -> None:
    draft.rename(target)
    sync_folder(target.parent)
