"""Prints events of the audit trail."""

from collections.abc import Sequence
from typing import Final

import typer

from emo.audit.v1.audit_pb2 import (
    ACTOR_KIND_ANONYMOUS,
    ACTOR_KIND_OPERATOR,
    ACTOR_KIND_SERVICE,
    ACTOR_KIND_SYSTEM,
    AuditEvent,
    AuditKind,
)
from emo_grpc.cli.terminal.message_texts import as_dict, enum_text, time_text
from emo_grpc.cli.terminal.printing import print_json, print_rows

HEADINGS: Final = ("When", "What", "By", "From", "Details", "Request")
PREFIX: Final = "AUDIT_KIND_"
OTHERS: Final = {
    ACTOR_KIND_OPERATOR: "the operator",
    ACTOR_KIND_ANONYMOUS: "somebody",
    ACTOR_KIND_SYSTEM: "the server",
}


def kind_number(name: str | None) -> AuditKind.ValueType:
    """The kind that is called so, such as login-failed; all kinds for None. Raises typer.BadParameter."""
    known = AuditKind.DESCRIPTOR.values_by_name
    found = known.get(f"{PREFIX}{(name or 'unspecified').upper().replace('-', '_')}")
    if found is None:
        names = ", ".join(sorted(name.removeprefix(PREFIX).lower().replace("_", "-") for name in list(known)[1:]))
        raise typer.BadParameter(f"{name!r} is no kind of event; these are: {names}")
    return AuditKind.ValueType(found.number)


def print_events(events: Sequence[AuditEvent], *, as_json: bool) -> None:
    """Print what `emo activity` lists."""
    if as_json:
        print_json([as_dict(event) for event in events])
    else:
        print_rows(HEADINGS, map(event_row, events))


def event_row(event: AuditEvent) -> list[str]:
    """One line of `emo activity`."""
    return [time_text(event.event_time), what(event), _who(event), event.peer, details(event), event.request_id]


def what(event: AuditEvent) -> str:
    """What has happened, and how it ended where it did not end well."""
    ending = event.reason or (event.code if event.code != "OK" else "")
    kind = enum_text(AuditKind.DESCRIPTOR, event.kind, PREFIX).replace("_", "-")
    return f"{kind}: {ending}" if ending else kind


def details(event: AuditEvent) -> str:
    """The rest, in words."""
    method = [event.method.rpartition("/")[2]] if event.code else []
    return ", ".join([*method, *(f"{name}={value}" for name, value in sorted(event.details.items()))])


def _who(event: AuditEvent) -> str:
    if event.actor_kind == ACTOR_KIND_SERVICE:
        return f"service {event.service_account_id}"
    return OTHERS.get(event.actor_kind) or ("you" if event.actor.user_id else "an administrator")
