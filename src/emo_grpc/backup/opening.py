"""Opens a backup that is in a place."""

import asyncio
from pathlib import Path

from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.backup.manifest import Manifest, Sum
from emo_grpc.backup.place import BackupPlace


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
    """Copy a file of a backup into a new one here. Raises BackupDamaged if it is not what it was, Unavailable."""
    await place.fetch(manifest.backup_id, name, target)
    if await asyncio.to_thread(Sum.of, target) != manifest.sums.get(name):
        raise BackupDamaged(f"{name} was changed")
