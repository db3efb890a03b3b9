"""Removes old backups."""

import asyncio
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from emo_grpc.backup.file_list import keys_in
from emo_grpc.backup.manifest import FILE_LIST, Manifest
from emo_grpc.backup.opening import fetch_proven
from emo_grpc.backup.place import BackupPlace

YOUNG: Final = timedelta(days=1)
"""What came into the pool since then may be for a backup that is under way."""


async def prune(place: BackupPlace, keep: int, now: datetime) -> int:
    """Keep so many backups, and of the pool what they refer to or is younger than a day; gives how many went.

    It takes memory for the keys of all files, about 100 bytes each. Raises BackupDamaged, before anything is removed,
    if a list of those that stay can't be read; Unavailable.
    """
    ids = await place.backup_ids()
    gone, kept = ids[:-keep], ids[-keep:]
    used: set[bytes] = set()
    for backup_id in kept:
        used |= await _keys(place, backup_id)
    for backup_id in gone:
        await place.remove(backup_id)
    await place.remove_broken_off(now - YOUNG)
    async for unfinished in place.blobs.list_unfinished():
        if unfinished.begin_time < now - YOUNG:
            await place.blobs.abort(unfinished.key, unfinished.upload_handle)
    async for complete in place.blobs.list_complete():
        if complete.key.value.bytes not in used and complete.time < now - YOUNG:
            await place.blobs.delete(complete.key)
    return len(gone)


async def _keys(place: BackupPlace, backup_id: str) -> set[bytes]:
    manifest = Manifest.from_bytes(await place.manifest(backup_id))
    with tempfile.TemporaryDirectory(prefix="emo-backup-") as folder:
        path = Path(folder) / FILE_LIST
        await fetch_proven(place, manifest, FILE_LIST, path)
        return await asyncio.to_thread(lambda: {key.value.bytes for key in keys_in(path)})
