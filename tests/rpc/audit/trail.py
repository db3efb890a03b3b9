"""Reads the audit trail as its RPCs show it."""

from typing import Any

from emo.audit.v1 import audit_pb2 as pb
from emo.audit.v1 import audit_pb2_grpc
from rpc.vault import Person
from waiting import until_answered

KIND = pb.AuditKind.Name


def stub(person: Person) -> Any:
    """Any: grpc's stub types say nothing of metadata."""
    return audit_pb2_grpc.AuditServiceStub(person.channel)


async def my_activity(person: Person, **fields: Any) -> list[pb.AuditEvent]:
    """A page of somebody's own events."""
    request = pb.ListMyActivityRequest(**fields)
    return list((await stub(person).ListMyActivity(request, metadata=person.metadata)).events)


async def all_events(admin: Person, **fields: Any) -> list[pb.AuditEvent]:
    """A page of what an administrator sees."""
    request = pb.ListAuditEventsRequest(**fields)
    return list((await stub(admin).ListAuditEvents(request, metadata=admin.metadata)).events)


def kinds(events: list[pb.AuditEvent]) -> list[str]:
    """What they tell of, in short."""
    return [KIND(event.kind).removeprefix("AUDIT_KIND_").lower() for event in events]


async def noted(admin: Person, count: int, **fields: Any) -> list[pb.AuditEvent]:
    """Those of what was refused, once there are so many: no answer waits until it is stored."""
    found: list[pb.AuditEvent] = []

    async def are_there() -> bool:
        found[:] = [event for event in await all_events(admin, page_size=1000, **fields) if event.reason]
        return len(found) >= count

    await until_answered(are_there, shown=lambda: kinds(found))
    return found
