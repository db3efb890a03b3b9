"""`emo activity`."""

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.page_sizes import page_size
from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo.audit.v1.audit_pb2 import AuditEvent, ListMyActivityRequest


@client_command
async def activity(
    remote: Remote,
    *,
    kind: options.EventKind = None,
    since: options.EventsSince = None,
    until: options.EventsUntil = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: options.AsJson = False,
) -> None:
    """List what has happened to your account, latest first: logins, failed ones too, its changes, and use by services.

    What you do with your assets is not in it.
    """
    from emo.audit.v1.audit_pb2 import ListMyActivityRequest  # noqa: PLC0415 - see app
    from emo_grpc.cli.account.activity_texts import kind_number, print_events  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.message_texts import timestamp  # noqa: PLC0415 - see app

    request = ListMyActivityRequest(
        page_size=page_size(limit),
        kind=kind_number(kind),
        start_time=None if since is None else timestamp(since),
        end_time=None if until is None else timestamp(until),
    )
    events, unreadable, is_more = await _collect(remote, request, limit)
    print_events(events, as_json=as_json)
    for event_id in unreadable:
        print_error(f"{event_id} can't be shown: what the server knows of it is damaged; tell its operator")
    if is_more:
        print_error("there are more: --limit lists more of them")


async def _collect(
    remote: Remote, request: "ListMyActivityRequest", limit: int
) -> tuple[list["AuditEvent"], list[str], bool]:
    """Up to `limit` events, the ids of those on the same pages that can't be shown, and whether there are more."""
    found: list[AuditEvent] = []
    unreadable: list[str] = []
    async with aclosing(remote.client.audit.list_my_activity_pages(request)) as pages:
        async for page in pages:
            found += page.events
            unreadable += page.unreadable_event_ids
            if len(found) > limit:
                return found[:limit], unreadable, True
    return found, unreadable, False
