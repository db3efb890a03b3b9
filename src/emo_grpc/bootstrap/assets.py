"""Builds the assets context on the engines."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from emo.assets.v1.assets_pb2_grpc import add_AssetsServiceServicer_to_server
from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing
from emo_grpc.assets.adapters.crypto.tink_streaming_aead import TinkPartCipher
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS, AssetUpcasters
from emo_grpc.assets.domain.commands import CountOrphans, ExpireUploads, RemoveOrphans, UpgradeDocuments
from emo_grpc.assets.domain.trash_commands import PurgeDueAssets
from emo_grpc.assets.entrypoints.codecs import CODECS
from emo_grpc.assets.entrypoints.servicer import AssetsServicer
from emo_grpc.assets.service_layer.download.reader import Downloads
from emo_grpc.assets.service_layer.handlers import AssetsPorts, assets_handlers
from emo_grpc.assets.service_layer.integrity.file_check import FileCheck
from emo_grpc.assets.service_layer.integrity.orphans import ForeignStore, Orphans, prefix_at
from emo_grpc.assets.service_layer.integrity.upload_check import UploadCheck
from emo_grpc.assets.service_layer.integrity.verification import Verification
from emo_grpc.assets.service_layer.many.batches import AssetBatches
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.assets.service_layer.upload.parts_under_way import PartsUnderWay
from emo_grpc.assets.service_layer.upload.resources import UploadResources
from emo_grpc.assets.service_layer.upload.uploads import Uploads
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.bootstrap.blob_storage import BlobStorage, open_blob_storage
from emo_grpc.bootstrap.engine_watch import files_engine
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.metering.transfers import TransferMetering
from emo_grpc.bootstrap.observing.blobs import observed_blobs, threads_with_context
from emo_grpc.bootstrap.observing.commands import message_bus
from emo_grpc.bootstrap.transfer_threads import TransferThreads, transfer_threads
from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.server import Service
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.outbox import EventHandlers

MEBIBYTE: Final = 1 << 20
ORPHAN_AGE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AssetsContext:
    """What the server and the command line take of this context.

    Where metrics are asked for, `gauges` sets those of transfers, and `on_orphans` is told how many a sweep found.
    """

    servicer: AssetsServicer
    bus: MessageBus
    views: AssetViews
    event_handlers: EventHandlers
    uploads: Uploads
    downloads: Downloads
    files: BlobStorage
    clock: Clock
    verification: Verification
    gauges: Callable[[], None] | None = None
    on_orphans: Callable[[float], None] | None = None

    @property
    def service(self) -> Service:
        """AssetsService."""
        return Service("emo.assets.v1.AssetsService", self.servicer, add_AssetsServiceServicer_to_server, CODECS)

    async def sweep(self) -> None:
        """Drop expired and orphaned uploads, and what was in the trash long enough; warn of files without an asset."""
        while await self.bus.handle(ExpireUploads()):
            pass
        while await self.bus.handle(PurgeDueAssets()):
            pass
        now = self.clock()
        try:
            await self.bus.handle(RemoveOrphans(now - ORPHAN_AGE))
        except ForeignStore as error:
            structlog.get_logger("emo").error("no orphaned uploads are dropped", error=str(error))
        count = await self.bus.handle(CountOrphans(now - ORPHAN_AGE, prefix_at(now)))
        if self.on_orphans is not None:
            self.on_orphans(count)
        if count:
            structlog.get_logger("emo").warning(
                "stored files that no asset refers to; is this the right database?",
                count=count,
                command="emo admin verify --quick",
            )

    async def outdated(self) -> int:
        """How many documents of earlier releases wait to be brought up to date."""
        return await self.views.outdated()

    async def upgrade_documents(self) -> int:
        """Bring a batch of them up to date; gives how many. Raises DataLoss when only damaged ones are left."""
        return await self.bus.handle(UpgradeDocuments())


@asynccontextmanager
async def open_assets(engines: Engines, upcasters: AssetUpcasters = UPCASTERS) -> AsyncIterator[AssetsContext]:
    """Put the context together; at the end, wait for what broken streams have brought."""
    settings, observer = engines.settings, engines.observer
    async with open_blob_storage(settings, engines.clock, retries_start=engines.retries_start) as opened:
        files = observed_blobs(opened, files_engine(settings), observer)
        with transfer_threads(files) as own:
            metering = TransferMetering(engines.meters)
            threads = threads_with_context(metering.threads(own, files), engines.tracing)
            context = _context(engines, files, threads, metering, engines.metadata.assets_units(upcasters))
            try:
                yield context
            finally:
                await context.uploads.settled()


def _context(
    engines: Engines, files: BlobStorage, threads: TransferThreads, metering: TransferMetering, units: AssetsUnits
) -> AssetsContext:
    settings, blobs = engines.settings, files.blobs
    keys = key_ring(settings)
    quota = Quota(settings.user_storage_mb * MEBIBYTE, on_share=metering.on_share)
    orphans = Orphans(engines.metadata.inventory, blobs)
    handlers = assets_handlers(
        AssetsPorts(
            units=units,
            views=engines.metadata.asset_views,
            blobs=blobs,
            keys=keys,
            orphans=orphans,
            quota=quota,
            clock=engines.clock,
            expire_after=timedelta(days=settings.upload_expire_days),
            trash_kept_for=timedelta(days=settings.trash_days),
        )
    )
    bus = message_bus(handlers.commands, engines.tracing)
    cipher = metering.cipher(TinkPartCipher())
    views = engines.metadata.asset_views
    memory = TransferMemory()
    uploads = Uploads(
        UploadResources(
            bus, blobs, cipher, threads.sealing, threads.storing, PartsUnderWay(files.parts_under_way), memory
        )
    )
    downloads = Downloads(
        views, blobs, keys, cipher, threads.reading, reads_serially=files.reading_threads > 0, memory=memory
    )
    servicer = AssetsServicer(
        bus=bus,
        views=views,
        search=engines.metadata.asset_search,
        batches=AssetBatches(bus, views, engines.drain),
        uploads=uploads,
        downloads=downloads,
        quota=quota,
        page_tokens=engines.page_tokens,
        drain=engines.drain,
    )
    verification = Verification(
        units=units,
        inventory=engines.metadata.inventory,
        file_check=FileCheck(blobs, keys, cipher, threads.storing),
        upload_check=UploadCheck(blobs, keys, threads.storing),
        orphans=orphans,
        at_once=files.threads,
    )
    return AssetsContext(
        servicer=servicer,
        bus=bus,
        views=views,
        event_handlers=handlers.events,
        uploads=uploads,
        downloads=downloads,
        files=files,
        clock=engines.clock,
        verification=verification,
        gauges=metering.gauges(uploads, downloads, memory),
        on_orphans=engines.meters.backlog.orphans.set if engines.meters else None,
    )


def key_ring(settings: Settings) -> AesKeyRing:
    """The keys of the settings, which must have their secrets."""
    return AesKeyRing(
        base64.b64decode(settings.data_key_encryption_key.get_secret_value()),
        [base64.b64decode(key.get_secret_value()) for key in settings.data_key_encryption_keys_retired],
    )
