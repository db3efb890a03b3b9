"""The engines that all contexts stand on."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emo_grpc.bootstrap.audit_writer import audit_writer
from emo_grpc.bootstrap.engine_watch import metadata_engine
from emo_grpc.bootstrap.extra_packages import require_extra
from emo_grpc.bootstrap.metadata import SUBSCRIPTIONS, Check, Metadata, unchecked
from emo_grpc.bootstrap.observing.metadata import observed_metadata
from emo_grpc.bootstrap.sqlite_engine import open_sqlite
from emo_grpc.extras import Extra
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.crypto.sealed_page_tokens import SealedPageTokens
from emo_grpc.shared.service_layer.audit.writer import AuditWriter
from emo_grpc.shared.service_layer.clock import Clock, utc_now
from emo_grpc.shared.service_layer.dead_letters import DeadLetters
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.observing import Observer, all_observers
from emo_grpc.shared.service_layer.outbox import Outbox
from emo_grpc.shared.service_layer.page_tokens import PageTokens

if TYPE_CHECKING:  # prometheus-client takes long to import
    from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters


@dataclass(frozen=True, slots=True)
class Engines:
    """What contexts are built on. `settings` has its secrets filled in; `retries_start`: see `engine_started`.

    `observer` watches what is asked of engines; `metadata` is watched by it already. `tracing` is the part of it that
    follows calls through commands and deliveries and onto threads. `meters`: where nothing is measured, None.
    """

    settings: Settings
    clock: Clock
    metadata: Metadata
    page_tokens: PageTokens
    audit_writer: AuditWriter
    retries_start: bool = False
    drain: Drain = field(default_factory=Drain)
    observer: Observer | None = None
    tracing: Observer | None = None
    meters: "PrometheusMeters | None" = None

    @property
    def outbox(self) -> Outbox:
        """The relay's side of the events."""
        return self.metadata.outbox

    @property
    def dead_letters(self) -> DeadLetters:
        """Those of the outbox that nobody needs any more."""
        return DeadLetters(self.outbox, SUBSCRIPTIONS, self.clock)


@asynccontextmanager
async def open_engines(
    settings: Settings,
    clock: Clock = utc_now,
    *,
    retries_start: bool = False,
    check: Check = unchecked,
    tracing: Observer | None = None,
    meters: "PrometheusMeters | None" = None,
) -> AsyncIterator[Engines]:
    """Open the engines of the settings, which must have their secrets, and close them at the end.

    No context uses the metadata before `check` is content with them. Raises CannotStart; and Unavailable
    when an engine does not answer now, unless `retries_start`.
    """
    async with _open_metadata(settings, clock, retries_start=retries_start, check=check) as opened:
        observer = all_observers([each for each in (tracing, meters and meters.store.observe) if each])
        metadata = observed_metadata(opened, metadata_engine(settings), observer)
        writer = audit_writer(metadata.audit_units, clock)
        try:
            yield Engines(
                settings=settings,
                clock=clock,
                metadata=metadata,
                page_tokens=SealedPageTokens(bytes.fromhex(settings.jwt_secret_key.get_secret_value())),
                audit_writer=writer,
                retries_start=retries_start,
                observer=observer,
                tracing=tracing,
                meters=meters,
            )
        finally:
            writer.sum_up()
            await writer.settled()


def _open_metadata(
    settings: Settings, clock: Clock, *, retries_start: bool, check: Check
) -> AbstractAsyncContextManager[Metadata]:
    if settings.has_shared_metadata:
        require_extra(Extra.MONGO, "MONGODB_URL")
        from emo_grpc.bootstrap.mongo_engine import open_mongo  # noqa: PLC0415 - pymongo takes long to import

        return open_mongo(settings, SUBSCRIPTIONS, clock, retries_start=retries_start, check=check)
    return open_sqlite(None if settings.is_ephemeral else settings.data_folder, SUBSCRIPTIONS, clock, check)
