"""Real shared engines to move to, and what they hold."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask

from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS as ASSET_UPCASTERS
from emo_grpc.assets.adapters.s3.blob_store import INSTALLATION
from emo_grpc.assets.domain.events import UploadDropped
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.metadata import Metadata
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.migration.report import MigrationReport
from emo_grpc.migration.run import migrate
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS
from rpc.vault import SETTINGS, Person, Vault, open_vault
from s3_server import S3Server

DATABASE = "emo_moved"
TITLE, NAME = FieldMask(paths=["title"]), FieldMask(paths=["username"])
NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Watch:
    """Follows a move; cancels it at the `stop_at`th sign of progress."""

    def __init__(self, stop_at: int = 0) -> None:
        self.stop_at = stop_at
        self.moving: asyncio.Task[MigrationReport] | None = None
        self.total = 0
        self.done = 0.0

    def begin(self, total: int) -> None:
        self.total = total

    def advance(self, size: float) -> None:
        self.stop_at -= 1
        if self.stop_at == 0:
            assert self.moving is not None
            self.moving.cancel()
        self.done += size


@dataclass(frozen=True)
class Target:
    """The engines to move to, empty at first."""

    settings: dict[str, Any]
    s3: S3Server
    bucket: str

    async def move(self, folder: Path, watch: Watch | None = None) -> MigrationReport:
        report, _ = await migrate(SETTINGS.model_copy(update={"data_folder": folder} | self.settings), watch or Watch())
        return report

    def with_bucket(self, bucket: str) -> "Target":
        """The same database with another one."""
        return replace(self, settings=self.settings | {"asset_s3_bucket": bucket}, bucket=bucket)

    def with_database(self, name: str) -> "Target":
        """The same bucket with another one."""
        return replace(self, settings=self.settings | {"mongodb_database": name})

    def objects(self) -> list[str]:
        """Files, without the note whose bucket it is."""
        found = self.s3.client().list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return [each["Key"] for each in found if each["Key"] != INSTALLATION]

    def unfinished(self) -> list[str]:
        found = self.s3.client().list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())
        return [each["Key"] for each in found]

    async def forget_assets(self) -> None:
        """As if the move had broken off before any asset was saved."""
        database = MongoDatabase(self.settings["mongodb_url"].get_secret_value(), DATABASE)
        await database.open()
        await database.collection("assets").delete_many({})
        await database.collection("asset_usage").delete_many({})
        await database.close()

    @asynccontextmanager
    async def vault(self, folder: Path) -> AsyncIterator[Vault]:
        """A server there, with the secrets of the folder."""
        filled = fill_secrets(SETTINGS.model_copy(update={"data_folder": folder})).settings
        secrets = {name: getattr(filled, name) for name in ("jwt_secret_key", "data_key_encryption_key")}
        async with open_vault(folder.with_name("new"), **self.settings, **secrets) as opened:
            yield opened

    async def holds(self, folder: Path) -> bool:
        """Whether everything of the folder is there, and nothing else."""
        filled = fill_secrets(SETTINGS.model_copy(update={"data_folder": folder})).settings
        async with open_engines(filled) as here, open_engines(filled.model_copy(update=self.settings)) as there:
            return await everything(here.metadata) == await everything(there.metadata)


async def everything(metadata: Metadata) -> list[object]:
    async with metadata.users_units(UPCASTERS)() as unit:
        requests = await unit.idempotency.after(None, 100)
    uploads = await metadata.inventory.uploads(None, 100)
    return [
        await metadata.accounts.users(None, 100),
        await metadata.accounts.sessions(None, 100),
        await metadata.inventory.assets(None, 100),
        [replace(upload, upload_handle="") if isinstance(upload, Upload) else upload for upload in uploads],
        sorted(requests, key=repr),
        await metadata.outbox.rows(None, 100),
        await metadata.audit_archive.subjects(None, 100),
        await metadata.audit_archive.entries(None, 100),
    ]


async def again(vault: Vault, person: Person) -> Person:
    """Somebody who was logged in before, with the tokens of then."""
    return Person(person.user_id, person.tokens, vault.channel(), vault.upload_channel())


async def share(vault: Vault, asset_id: str, *owners: Person) -> None:
    """Give an asset several owners, which no RPC does yet."""
    async with vault.parts.engines.metadata.assets_units(ASSET_UPCASTERS)() as unit:
        asset = await unit.assets.get(AssetId.parse(asset_id, "asset_id"))
        assert asset is not None
        asset.owner_ids = tuple(UserId.parse(owner.user_id, "user_id") for owner in owners)
        await unit.assets.save(asset)
        await unit.commit()


def dead_letter() -> OutboxRow:
    dropped = UploadDropped(asset_id=AssetId.new(), blob_key=BlobKey.new(), upload_handle="gone")
    return OutboxRow(uuid4(), "drop_blob_of_upload", dropped, NOW, attempts=9, error="broken", is_dead=True)
