"""The running service, without its port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from emo_grpc.bootstrap.assets import AssetsContext
from emo_grpc.bootstrap.background import report_delivery, report_dropped, running_beside
from emo_grpc.bootstrap.contexts import Contexts, open_contexts
from emo_grpc.bootstrap.engine_watch import EngineWatch, files_engine, metadata_engine
from emo_grpc.bootstrap.engines import Engines, open_engines
from emo_grpc.bootstrap.known_keys import require_known_keys
from emo_grpc.bootstrap.metering.backlog import backlog_measured
from emo_grpc.bootstrap.metering.calls import calls_measured
from emo_grpc.bootstrap.observing.tracing import open_tracer
from emo_grpc.bootstrap.secrets import FilledSettings, fill_secrets
from emo_grpc.bootstrap.server_info import server_info
from emo_grpc.bootstrap.users import UsersContext
from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.call_audit import CallAudit
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS, Limits
from emo_grpc.shared.entrypoints.measured_calls import MeasuredCalls
from emo_grpc.shared.entrypoints.server import Server
from emo_grpc.shared.entrypoints.server_info import server_info_service
from emo_grpc.shared.service_layer.observing import unobserved
from emo_grpc.shared.service_layer.relay import Relay
from emo_grpc.shared.service_layer.tracing import CallTracer
from emo_grpc.users.service_layer.ports import PasswordHasher

if TYPE_CHECKING:  # prometheus-client takes long to import
    from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters


@dataclass(frozen=True, slots=True)
class RunningService:
    """The contexts on their engines, with their background work."""

    filled: FilledSettings
    engines: Engines
    contexts: Contexts
    watch: EngineWatch
    tracer: CallTracer | None = None
    measured: MeasuredCalls | None = None

    @property
    def users(self) -> UsersContext:
        """The users context."""
        return self.contexts.users

    @property
    def assets(self) -> AssetsContext:
        """The assets context."""
        return self.contexts.assets

    def server(self, limits: Limits = DEFAULT_LIMITS) -> Server:
        """A gRPC server for all contexts, not started yet."""
        services = [context.service for context in self.contexts]
        info = server_info(self.engines.settings, limits, [service.name for service in services])
        return Server(
            [*services, server_info_service(info)],
            settings=self.engines.settings,
            authenticator=self.users.authenticator,
            audit=CallAudit(self.engines.audit_writer, self.engines.clock),
            engines_ok=self.watch.all_answer,
            drain=self.engines.drain,
            limits=limits,
            tracer=self.tracer,
            measured=self.measured,
        )

    async def sweep(self) -> None:
        """Drop what has expired in each context, then the traces of deleted data, destroyed keys above all.

        And let the audit trail say how much was refused besides what it tells one by one.
        """
        self.engines.audit_writer.sum_up()
        try:
            for context in self.contexts:
                await context.sweep()
            report_dropped(await self.engines.dead_letters.drop_old())
        finally:  # the blob store may not answer
            await self.engines.metadata.tidy()


@asynccontextmanager
async def open_service(
    settings: Settings, meters: "PrometheusMeters | None" = None, hasher: PasswordHasher | None = None
) -> AsyncIterator[RunningService]:
    """Open the engines and the contexts on them, with their background work; raises CannotStart.

    The caller owns the folder of embedded engines: there is no second service on it. `meters`: None measures nothing.
    `hasher`: see open_contexts.
    """
    filled = fill_secrets(settings)
    async with (
        open_tracer(filled.settings) as tracer,
        open_engines(
            filled.settings,
            retries_start=True,
            check=partial(require_known_keys, filled.settings),
            tracing=tracer.observe if tracer else None,
            meters=meters,
        ) as engines,
        open_contexts(engines, hasher) as contexts,
        calls_measured(meters) as measured,
        backlog_measured(engines),
    ):
        relay = Relay(
            engines.outbox, contexts.event_handlers, engines.clock, report_delivery, engines.tracing or unobserved
        )
        watch = engine_watch(engines, contexts.assets)
        service = RunningService(filled, engines, contexts, watch, tracer.call if tracer else None, measured)
        async with running_beside(relay, service.sweep, contexts.outdated):
            yield service


def engine_watch(engines: Engines, assets: AssetsContext) -> EngineWatch:
    """Watch both engines, by the names that the log has for them."""
    settings = engines.settings
    return EngineWatch(
        {
            metadata_engine(settings): engines.metadata.answers,
            files_engine(settings): assets.files.answers,
        }
    )
