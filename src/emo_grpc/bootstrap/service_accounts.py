"""Builds the service_accounts context on the engines."""

from dataclasses import dataclass

from emo.service_accounts.v1.service_accounts_pb2_grpc import add_ServiceAccountsServiceServicer_to_server
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.observing.commands import message_bus
from emo_grpc.service_accounts.adapters.documents.service_account import UPCASTERS
from emo_grpc.service_accounts.domain.commands import UpgradeDocuments
from emo_grpc.service_accounts.entrypoints.servicer import ServiceAccountsServicer
from emo_grpc.service_accounts.service_layer.handlers import ServiceAccountsPorts, service_accounts_handlers
from emo_grpc.service_accounts.service_layer.key_check import KeyCheck
from emo_grpc.service_accounts.service_layer.views import ServiceAccountViews
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.entrypoints.server import Service
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.outbox import EventHandlers


@dataclass(frozen=True, slots=True)
class ServiceAccountsContext:
    """What the server and the command line take of this context."""

    servicer: ServiceAccountsServicer
    bus: MessageBus
    views: ServiceAccountViews
    event_handlers: EventHandlers

    @property
    def service(self) -> Service:
        """ServiceAccountsService."""
        name = "emo.service_accounts.v1.ServiceAccountsService"
        return Service(name, self.servicer, add_ServiceAccountsServiceServicer_to_server)

    async def sweep(self) -> None:
        """Nothing is ever over by itself: a key whose time is over stays to be seen."""

    async def outdated(self) -> int:
        """How many documents of earlier releases wait to be brought up to date."""
        return await self.views.outdated()

    async def upgrade_documents(self) -> int:
        """Bring a batch of them up to date; gives how many. Raises DataLoss when only damaged ones are left."""
        return await self.bus.handle(UpgradeDocuments())


def build_service_accounts(engines: Engines, upcasters: Upcasters = UPCASTERS) -> ServiceAccountsContext:
    """Bind the handlers to their adapters."""
    units = engines.metadata.service_accounts_units(upcasters)
    handlers = service_accounts_handlers(ServiceAccountsPorts(units=units, clock=engines.clock))
    bus = message_bus(handlers.commands, engines.tracing)
    views = engines.metadata.service_account_views
    return ServiceAccountsContext(
        servicer=ServiceAccountsServicer(bus=bus, views=views, page_tokens=engines.page_tokens),
        bus=bus,
        views=views,
        event_handlers=handlers.events,
    )


def key_check(engines: Engines) -> KeyCheck:
    """What other contexts ask of services that come in."""
    bus = build_service_accounts(engines).bus
    return KeyCheck(engines.metadata.service_accounts_reader, bus.handle, engines.audit_writer, engines.clock)
