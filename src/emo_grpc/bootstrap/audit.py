"""Builds the audit context on the engines."""

from dataclasses import dataclass

from emo.audit.v1.audit_pb2_grpc import add_AuditServiceServicer_to_server
from emo_grpc.audit.entrypoints.servicer import AuditServicer
from emo_grpc.audit.service_layer.handlers import AuditPorts, audit_handlers
from emo_grpc.audit.service_layer.views import AuditViews
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.shared.entrypoints.server import Service
from emo_grpc.shared.service_layer.outbox import EventHandlers


@dataclass(frozen=True, slots=True)
class AuditContext:
    """What the server and the command line take of this context."""

    servicer: AuditServicer
    views: AuditViews
    event_handlers: EventHandlers

    @property
    def service(self) -> Service:
        """AuditService."""
        return Service("emo.audit.v1.AuditService", self.servicer, add_AuditServiceServicer_to_server)

    async def sweep(self) -> None:
        """Nothing: the trail is kept for ever."""

    async def outdated(self) -> int:
        """None: an entry never changes, so one of an earlier release is only brought up to date as it is read."""
        return 0

    async def upgrade_documents(self) -> int:
        """None."""
        return 0


def build_audit(engines: Engines) -> AuditContext:
    """Bind the handlers and views to their adapters."""
    views = engines.metadata.audit_views
    return AuditContext(
        servicer=AuditServicer(views=views, page_tokens=engines.page_tokens),
        views=views,
        event_handlers=audit_handlers(AuditPorts(units=engines.metadata.audit_units)).events,
    )
