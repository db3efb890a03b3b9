"""The running service, without its port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from emo_grpc.bootstrap.assets import AssetsContext
from emo_grpc.bootstrap.background import report_delivery, report_dropped, running_beside
from emo_grpc.bootstrap.contexts import Contexts, open_contexts
from emo_grpc.bootstrap.engine_watch import EngineWatch
from emo_grpc.bootstrap.engines import Engines, open_engines
from emo_grpc.bootstrap.known_keys import require_known_keys
from emo_grpc.bootstrap.secrets import FilledSettings, fill_secrets
from emo_grpc.bootstrap.users import UsersContext
from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.call_audit import CallAudit
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS, Limits
from emo_grpc.shared.entrypoints.server import Server
from emo_grpc.shared.service_layer.relay import Relay


@dataclass(frozen=True, slots=True)
class RunningService:
    """The contexts on their engines, with their background work."""

    filled: FilledSettings
    engines: Engines
    contexts: Contexts
    watch: EngineWatch

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
        return Server(
            [context.service for context in self.contexts],
            settings=self.engines.settings,
            authenticator=self.users.authenticator,
            audit=CallAudit(self.engines.audit_writer, self.engines.clock),
            engines_ok=self.watch.all_answer,
            drain=self.engines.drain,
            limits=limits,
        )

    async def sweep(self) -> None:
        """Drop what has expired in each context, then the traces of deleted data, destroyed keys above all."""
        try:
            for context in self.contexts:
                await context.sweep()
            report_dropped(await self.engines.dead_letters.drop_old())
        finally:  # the blob store may not answer
            await self.engines.metadata.tidy()


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[RunningService]:
    """Open the engines and the contexts on them, with their background work; raises CannotStart.

    The caller owns the folder of embedded engines: there is no second service on it.
    """
    filled = fill_secrets(settings)
    async with (
        open_engines(
            filled.settings, retries_start=True, check=partial(require_known_keys, filled.settings)
        ) as engines,
        open_contexts(engines) as contexts,
    ):
        relay = Relay(engines.outbox, contexts.event_handlers, engines.clock, report_delivery)
        service = RunningService(filled, engines, contexts, engine_watch(engines, contexts.assets))
        async with running_beside(relay, service.sweep):
            yield service


def engine_watch(engines: Engines, assets: AssetsContext) -> EngineWatch:
    """Watch both engines, by the names that the log has for them."""
    settings = engines.settings
    return EngineWatch(
        {
            "MongoDB" if settings.has_shared_metadata else "SQLite": engines.metadata.answers,
            _files_engine(settings): assets.files.answers,
        }
    )


def _files_engine(settings: Settings) -> str:
    if settings.has_shared_files:
        return "S3"
    return "memory" if settings.is_ephemeral else "folder"
