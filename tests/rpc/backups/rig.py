"""Servers on all engines, places for their backups, and the commands between them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.assets.service_layer.integrity.verification import BrokenFile
from emo_grpc.backup.keys_file import settings_for
from emo_grpc.backup.manifest import Manifest
from emo_grpc.backup.opening import manifest_of
from emo_grpc.backup.place import BackupPlace
from emo_grpc.backup.places import open_place
from emo_grpc.backup.proof import BackupProof
from emo_grpc.backup.report import TransferReport
from emo_grpc.backup.restoring import Restore
from emo_grpc.backup.retention import prune
from emo_grpc.backup.taking import Backup
from emo_grpc.bootstrap.blob_storage import open_blob_storage
from emo_grpc.bootstrap.engines import Engines, open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.started_threads import started_threads
from emo_grpc.shared.service_layer.clock import utc_now
from rpc.vault import SETTINGS, Vault, open_vault


class Watch:
    """Follows a command; `on_advance` is called at each sign of progress."""

    def __init__(self, on_advance: Callable[[], None] = lambda: None) -> None:
        self.total = 0
        self.done = 0.0
        self._on_advance = on_advance

    def begin(self, total: int) -> None:
        self.total = total

    def advance(self, count: float) -> None:
        self.done += count
        self._on_advance()


def of_s3(kind: str, location: S3Location) -> dict[str, Any]:
    """Settings of a store, `asset` or `backup`, less its bucket."""
    return {
        f"{kind}_s3_url": location.url,
        f"{kind}_s3_region": location.region,
        f"{kind}_s3_access": location.access_key,
        f"{kind}_s3_secret": SecretStr(location.secret_key or ""),
    }


@dataclass
class Site:
    """Where a server keeps everything, with the settings of its engines."""

    folder: Path
    engines: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return SETTINGS.model_copy(update={"data_folder": self.folder} | self.engines)

    @asynccontextmanager
    async def vault(self) -> AsyncIterator[Vault]:
        """A server there. Shared engines take their keys from no folder."""
        async with open_vault(self.folder, **self.engines) as opened:
            yield opened

    @asynccontextmanager
    async def place(self, name: str, *, changes: bool = False) -> AsyncIterator[BackupPlace]:
        async with open_place(name, self.settings, changes=changes) as place:
            yield place

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Engines]:
        async with open_engines(fill_secrets(self.settings).settings) as engines:
            yield engines

    async def back_up(
        self, name: str, *, watch: Watch | None = None, with_keys: bool = False
    ) -> tuple[Manifest, TransferReport]:
        storage = open_blob_storage(self.settings, utc_now, retries_start=False)
        async with self.opened() as engines, self.place(name, changes=True) as place, storage as files:
            with started_threads(4, "backup") as threads:
                backup = Backup(engines, files.blobs, place, threads, watch or Watch())
                return await backup.take(with_keys=with_keys)

    async def broken(self, name: str, backup_id: str | None = None) -> list[BrokenFile]:
        """What a proof finds; a backup without any counts as verified."""
        async with self.opened() as engines, self.place(name) as place:
            with started_threads(4, "backup") as threads:
                proof, manifest = BackupProof(engines, place, threads, Watch()), await manifest_of(place, backup_id)
                found = [broken async for broken in proof.broken_files(manifest)]
                if not found:
                    await proof.note(manifest)
                return found

    async def prune(self, name: str, keep: int, now: Any) -> int:
        async with self.place(name, changes=True) as place:
            return await prune(place, keep, now)

    async def restore(self, name: str, watch: Watch | None = None, backup_id: str | None = None) -> TransferReport:
        async with self.place(name) as place:
            manifest = await manifest_of(place, backup_id)
            filled = await settings_for(self.settings, place, manifest)
            with started_threads(4, "restore") as threads:
                return await Restore(filled.settings, place, manifest, threads, watch or Watch()).run()

    def keys_to(self, other: "Site") -> None:
        """Let another server have the keys of this one."""
        filled = fill_secrets(self.settings).settings
        names = "jwt_secret_key", "data_key_encryption_key"
        other.engines |= {name: getattr(filled, name) for name in names}


async def cancelled_at(work: Callable[[Watch], Any], at: int) -> bool:
    """Begin, and cancel it at some sign of progress, as Ctrl-C does; gives whether it came to that."""
    left = at

    def advanced() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            running.cancel()

    running = asyncio.create_task(work(Watch(advanced)))
    await asyncio.wait([running])
    return running.cancelled()


def files_below(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
