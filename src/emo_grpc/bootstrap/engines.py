"""The engines that all contexts stand on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from emo_grpc.assets.adapters.sqlite import SCHEMA as ASSETS_SCHEMA
from emo_grpc.assets.domain.events import AssetDeleted, UploadDropped
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sealed_page_tokens import SealedPageTokens
from emo_grpc.shared.adapters.sqlite import SqliteDatabase
from emo_grpc.shared.adapters.sqlite_outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite_outbox import SqliteOutbox
from emo_grpc.shared.adapters.sqlite_unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.service_layer.clock import Clock, utc_now
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.outbox import Outbox, Subscriptions
from emo_grpc.shared.service_layer.page_tokens import PageTokens
from emo_grpc.users.adapters.sqlite import SCHEMA as USERS_SCHEMA
from emo_grpc.users.domain.events import UserRegistered

DATABASE_NAME: Final = "emo.sqlite3"
"""The file in DATA_FOLDER."""

SUBSCRIPTIONS: Subscriptions = {
    UserRegistered: ("send_activation_mail",),
    UserRemoved: ("remove_assets_of_user",),
    AssetDeleted: ("delete_blob_of_asset",),
    UploadDropped: ("drop_blob_of_upload",),
}


@dataclass(frozen=True, slots=True)
class Engines:
    """What contexts are built on. `settings` has its secrets filled in."""

    settings: Settings
    clock: Clock
    database: SqliteDatabase
    codec: EventCodec
    outbox: Outbox
    page_tokens: PageTokens
    subscriptions: Subscriptions
    drain: Drain = field(default_factory=Drain)


@asynccontextmanager
async def open_engines(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Engines]:
    """Open the embedded engines, and close them at the end. `settings` must have its secrets."""
    database = SqliteDatabase(
        settings.data_folder / DATABASE_NAME,
        (OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, USERS_SCHEMA, ASSETS_SCHEMA),
    )
    codec = EventCodec(SUBSCRIPTIONS)
    await database.open()
    try:
        yield Engines(
            settings=settings,
            clock=clock,
            database=database,
            codec=codec,
            outbox=SqliteOutbox(database, codec),
            page_tokens=SealedPageTokens(bytes.fromhex(settings.jwt_secret_key.get_secret_value())),
            subscriptions=SUBSCRIPTIONS,
        )
    finally:
        await database.close()
