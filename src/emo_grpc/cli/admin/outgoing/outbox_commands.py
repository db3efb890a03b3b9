"""`emo admin outbox`: what follows from changes, and could not be done yet."""

from functools import partial
from typing import Annotated

import typer

from emo_grpc.cli.admin.engine_access import run_on_engines
from emo_grpc.cli.failures import EXIT_CODES_HELP
from emo_grpc.cli.options import AsJson
from emo_grpc.cli.server.server_command import ServerGroup

outbox = typer.Typer(name="outbox", cls=ServerGroup, invoke_without_command=True, epilog=EXIT_CODES_HELP)

EventIds = Annotated[
    list[str], typer.Argument(metavar="ID", help="The event's id, or as much of its beginning as no other has.")
]


@outbox.callback()
def list_events(
    context: typer.Context,
    retry: Annotated[
        list[str] | None, typer.Option("--retry", metavar="ID", help="As `retry ID`; may be repeated.")
    ] = None,
    retry_all: Annotated[bool, typer.Option("--retry-all", help="As `retry --all`.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List events that could not be delivered, and those that wait, such as mails that are not out."""
    if context.invoked_subcommand is not None:
        return
    from emo_grpc.cli.admin.outgoing.outbox_rows import list_rows, retry_rows  # noqa: PLC0415 - see app

    if retry or retry_all:
        run_on_engines(partial(retry_rows, retry or [], every=retry_all))
    else:
        run_on_engines(partial(list_rows, limit, as_json=as_json))


@outbox.command(name="retry")
def retry_events(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="The event's id, or as much of its beginning as no other has."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that have failed, given up or not.")] = False,
) -> None:
    """Let the running server deliver events again, at once. One that is being delivered may be delivered twice."""
    from emo_grpc.cli.admin.outgoing.outbox_rows import retry_rows  # noqa: PLC0415 - see app

    if bool(ids) == every:
        raise typer.BadParameter("give ids, or --all")
    run_on_engines(partial(retry_rows, ids or [], every=every))


@outbox.command(name="drop")
def drop_events(ids: EventIds) -> None:
    """Forget events for good: a mail that nobody needs any more, say. What others stand for is never done either."""
    from emo_grpc.cli.admin.outgoing.outbox_rows import drop_rows  # noqa: PLC0415 - see app

    run_on_engines(partial(drop_rows, ids))
