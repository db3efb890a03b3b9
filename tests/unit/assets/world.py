"""The assets context put together as bootstrap does it, with a clock that is moved by hand."""

from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import google_crc32c

from databases import opened
from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing
from emo_grpc.assets.adapters.crypto.tink_streaming_aead import TinkPartCipher
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS
from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.adapters.sqlite.inventory import SqliteInventory
from emo_grpc.assets.adapters.sqlite.schema import SCHEMA
from emo_grpc.assets.adapters.sqlite.unit_of_work import SqliteAssetsUnitOfWork
from emo_grpc.assets.adapters.sqlite.views import SqliteAssetViews
from emo_grpc.assets.domain import commands
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.download.reader import Downloads
from emo_grpc.assets.service_layer.handlers import SUBSCRIPTIONS, AssetsPorts, assets_handlers
from emo_grpc.assets.service_layer.integrity.file_check import FileCheck
from emo_grpc.assets.service_layer.integrity.orphans import Orphans
from emo_grpc.assets.service_layer.integrity.upload_check import UploadCheck
from emo_grpc.assets.service_layer.integrity.verification import Verification
from emo_grpc.assets.service_layer.inventory import Inventory
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.assets.service_layer.upload.parts_under_way import PartsUnderWay
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.assets.service_layer.upload.session import UploadSession
from emo_grpc.assets.service_layer.upload.uploads import Uploads
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA as OUTBOX_SCHEMA
from emo_grpc.shared.adapters.sqlite.outbox import SqliteOutbox
from emo_grpc.shared.adapters.sqlite.unit_of_work import SCHEMA as UNIT_OF_WORK_SCHEMA
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.outbox import Outbox, OutboxRow
from emo_grpc.shared.service_layer.relay import Relay
from hand_clock import HandClock
from leftovers import nothing_left_behind

MIB = 1 << 20
PART = 8 * MIB
QUOTA = 64 * MIB
PENDING = 50
ANN, BOB = UserId(uuid4()), UserId(uuid4())
KEK, NEW_KEK = b"k" * 32, b"n" * 32
SCHEMAS = (OUTBOX_SCHEMA, UNIT_OF_WORK_SCHEMA, SCHEMA)
NOISE = Random(7).randbytes(3 * PART)


def some_bytes(size: int) -> bytes:
    """The same at every call, and nowhere periodic up to 24 MiB."""
    return NOISE[:size]


def cut(data: bytes, size: int = MIB) -> Iterable[bytes]:
    """Chunks of that size."""
    return (data[start : start + size] for start in range(0, len(data), size))


@dataclass(frozen=True)
class Stores:
    """The engines."""

    clock: HandClock
    unit: AssetsUnits
    views: AssetViews
    inventory: Inventory
    outbox: Outbox
    blobs: BlobStore
    folder: Path | None = None


@dataclass
class World:
    """Everything above the adapters."""

    stores: Stores
    threads: ThreadPoolExecutor
    keys: AesKeyRing = field(default_factory=lambda: AesKeyRing(KEK))
    failures: list[tuple[OutboxRow, Exception]] = field(default_factory=list)

    def __post_init__(self) -> None:
        stores, quota = self.stores, Quota(QUOTA, PENDING)
        orphans = Orphans(stores.inventory, stores.blobs)
        handlers = assets_handlers(
            AssetsPorts(
                units=stores.unit,
                views=stores.views,
                blobs=stores.blobs,
                keys=self.keys,
                orphans=orphans,
                quota=quota,
                clock=stores.clock,
                expire_after=timedelta(days=7),
                trash_kept_for=timedelta(days=30),
            )
        )
        self.bus = MessageBus(handlers.commands)
        self.events = handlers.events
        cipher = TinkPartCipher()
        # A folder takes one part at a time; a store that is far away would take several.
        self.resources = UploadResources(
            self.bus, stores.blobs, cipher, self.threads, self.threads, PartsUnderWay(1 if stores.folder else 3)
        )
        self.uploads = Uploads(self.resources)
        self.downloads = Downloads(stores.views, stores.blobs, self.keys, cipher, self.threads)
        self.verification = Verification(
            units=stores.unit,
            inventory=stores.inventory,
            file_check=FileCheck(stores.blobs, self.keys, cipher, self.threads),
            upload_check=UploadCheck(stores.blobs, self.keys, self.threads),
            orphans=orphans,
            at_once=2,
        )
        self.clock, self.views, self.blobs = stores.clock, stores.views, stores.blobs

    async def create(self, size: int = 0, *, owner_id: UserId = ANN, title: str = "The lake") -> AssetId:
        """Make an asset whose declared size is this."""
        file = File(name="lake.jpg", content_type="image/jpeg", size_bytes=size)
        return await self.bus.handle(commands.CreateAsset(owner_id, Description(title=title), file))

    async def upload(self, asset_id: AssetId, data: bytes, *, offset: int = 0, chunk: int = MIB) -> None:
        """Send these bytes, which come after `offset` others, and finish."""
        async with self.uploads.open(ANN, asset_id, offset) as writer:
            await send(writer, data, chunk)
            await writer.finish(None)

    async def stored(self, data: bytes) -> AssetId:
        """Make an asset with this file."""
        asset_id = await self.create(len(data))
        await self.upload(asset_id, data)
        return asset_id

    async def begun(self, data: bytes = NOISE[:PART], size: int = 0) -> AssetId:
        """Make an asset whose declared size is this, and whose upload rests after these bytes."""
        asset_id = await self.create(size)
        async with self.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, data)
            await writer.pause()
        return asset_id

    async def download(self, asset_id: AssetId, offset: int = 0, length: int = 0) -> bytes:
        """A range of the file."""
        download = await self.downloads.open(ANN, asset_id, offset, length)
        return b"".join([chunk.data async for chunk in download.chunks()])

    async def start(self, asset_id: AssetId, offset: int = 0) -> OpenUpload:
        """Begin an upload, or take it over."""
        upload = await self.bus.handle(commands.StartUpload(ANN, asset_id, offset))
        assert isinstance(upload, OpenUpload)
        return upload

    async def persisted(self, asset_id: AssetId) -> int:
        """How far the upload has come."""
        return (await self.views.upload(asset_id, ANN)).persisted_size

    async def asset(self, asset_id: AssetId) -> Asset:
        """The asset as it is stored."""
        async with self.stores.unit() as unit:
            return await unit.assets.get(asset_id)

    async def upload_of(self, asset_id: AssetId) -> Upload:
        """Its upload as it is stored."""
        async with self.stores.unit() as unit:
            return await unit.uploads.get(asset_id)

    async def deliver(self) -> None:
        """Let the relay run until nothing is due."""
        relay = Relay(self.stores.outbox, self.events, self.clock, lambda row, error, _: self.failed(row, error))
        while await relay.run_once():
            pass

    def failed(self, row: OutboxRow, error: Exception) -> None:
        """Keep what the relay tells."""
        self.failures.append((row, error))

    async def objects(self) -> tuple[int, int]:
        """How many objects the blob store holds: (complete, unfinished)."""
        complete = [blob async for blob in self.blobs.list_complete()]
        unfinished = [blob async for blob in self.blobs.list_unfinished()]
        return len(complete), len(unfinished)


async def send(writer: UploadSession, data: bytes, chunk: int = MIB) -> None:
    """Write these bytes, each chunk with its checksum."""
    for piece in cut(data, chunk):
        await writer.write(ReceivedChunk.of(piece, google_crc32c.value(piece)))


@asynccontextmanager
async def in_memory_stores(_: Path) -> AsyncIterator[Stores]:
    clock = HandClock()
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as database:
        yield stores_on(database, clock, MemoryBlobStore(clock))


@asynccontextmanager
async def embedded_stores(folder: Path) -> AsyncIterator[Stores]:
    clock = HandClock()
    blobs = FilesystemBlobStore(folder / "files", clock)
    async with opened(SqliteDatabase(folder / "emo.sqlite3", SCHEMAS)) as database:
        try:
            yield replace(stores_on(database, clock, blobs), folder=folder / "files")
        finally:
            blobs.close()


def stores_on(database: SqliteDatabase, clock: HandClock, blobs: BlobStore) -> Stores:
    """The engines over that database and that blob store."""
    codec = EventCodec(SUBSCRIPTIONS)
    return Stores(
        clock,
        lambda: SqliteAssetsUnitOfWork(database, codec, SUBSCRIPTIONS, clock, UPCASTERS),
        SqliteAssetViews(database),
        SqliteInventory(database),
        SqliteOutbox(database, codec),
        blobs,
    )


STORES = {"memory": in_memory_stores, "embedded": embedded_stores}


@asynccontextmanager
async def a_world(stores: str, folder: Path) -> AsyncIterator[World]:
    """Opens it, and at its end sees to it that no stream left anything behind."""
    async with nothing_left_behind(), STORES[stores](folder) as opened:
        threads = ThreadPoolExecutor(3, "transfer")
        world = World(opened, threads)
        yield world
        await world.uploads.settled()
        assert world.failures == []
        threads.shutdown()
