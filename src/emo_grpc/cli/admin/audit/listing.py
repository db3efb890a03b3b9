"""Carries out `emo admin audit`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from emo.audit.v1.audit_pb2 import ActorKind, AuditEvent
from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.audit.entrypoints.present import event_message
from emo_grpc.audit.entrypoints.translate import KINDS
from emo_grpc.bootstrap.audit import build_audit
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.account.activity_texts import details, kind_number, what
from emo_grpc.cli.admin.accounts.lookup import user_id_of
from emo_grpc.cli.terminal.message_texts import as_dict, time_text
from emo_grpc.cli.terminal.printing import print_error, print_json, print_rows
from emo_grpc.shared.domain.ids import UserId

HEADINGS: Final = ("When", "What", "Account", "By", "From", "Details", "Request")


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What is listed; `account` and `actor` are usernames, addresses, or ids: of removed users their pseudonyms."""

    account: str | None
    actor: str | None
    kind: str | None
    since: datetime | None
    until: datetime | None
    limit: int
    as_json: bool


async def list_audit_events(options: AuditOptions, engines: Engines) -> None:
    """Print the events, latest first. Raises EmoError."""
    selection = Selection(
        party=await _party(options, engines),
        kind=KINDS.get(kind_number(options.kind)),
        start=options.since,
        end=options.until,
    )
    page = await build_audit(engines).views.events(selection, limit=options.limit)
    events = [event_message(event) for event in page.items]
    if options.as_json:
        print_json([as_dict(event) for event in events])
    else:
        print_rows(HEADINGS, map(_row, events))
    for event_id in page.unreadable:
        print_error(f"{event_id} can't be shown: it is damaged, or of a later release")
    if page.cursor is not None:
        print_error("there are more: --limit lists more of them, --until earlier ones")


async def _party(options: AuditOptions, engines: Engines) -> Party | None:
    if options.account is not None:
        return Party(Side.ACCOUNT, await _identity(options.account, engines))
    if options.actor is not None:
        return Party(Side.ACTOR, await _identity(options.actor, engines))
    return None


async def _identity(given: str, engines: Engines) -> UserId | UUID:
    """Of an account that there is, its id; any other UUID is taken for a pseudonym, or for a service account."""
    try:
        identity = UUID(given)
    except ValueError:
        return await user_id_of(given, engines)
    return UserId(identity) if await engines.metadata.credentials.credentials(UserId(identity)) else identity


def _row(event: AuditEvent) -> list[str]:
    account = event.account.user_id or event.account.pseudonym
    actor = event.actor.user_id or event.actor.pseudonym or event.service_account_id
    kind = ActorKind.Name(event.actor_kind).removeprefix("ACTOR_KIND_").lower()
    by = f"{kind} {actor}" if actor else kind
    when = time_text(event.event_time)
    return [when, what(event), account, by, event.peer, details(event), event.request_id]
