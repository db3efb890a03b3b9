"""Where backups are."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from emo_grpc.assets.service_layer.ports import BlobStore


class BackupPlace(Protocol):
    """A folder, or a prefix in a bucket, with backups of one server: some files of each, and one pool for all.

    Obligations of an adapter:
    - A backup is there only when it is whole, durably so when `add` returns; until then nothing of it is listed.
    - The text of its manifest is the last thing to come, and the first to go.
    - Only its owner may read what it keeps, whatever the umask.
    - Errors are Unavailable, StorageFull, BackupRefused for what is not allowed, BackupDamaged for what is not there.
    """

    @property
    def blobs(self) -> BlobStore:
        """The pool of stored files, by the keys that they have in the server's own file store."""
        ...

    async def backup_ids(self) -> list[str]:
        """Those that are whole, oldest first."""
        ...

    def draft(self) -> AbstractAsyncContextManager[Path]:
        """An empty folder on this machine for the files of a backup; what is left in it goes at the end."""
        ...

    async def add(self, backup_id: str, draft: Path, manifest: bytes) -> None:
        """Keep the files of a draft as a backup."""
        ...

    async def manifest(self, backup_id: str) -> bytes:
        """The text of its manifest."""
        ...

    async def fetch(self, backup_id: str, name: str, target: Path) -> None:
        """Copy one of its files into a new file on this machine, durably."""
        ...

    async def remove(self, backup_id: str) -> None:
        """Remove it, and leave the pool alone. May be repeated."""
        ...

    async def remove_broken_off(self, before: datetime) -> None:
        """Remove what backups that never became whole have left before that time, but none of the pool."""
        ...
