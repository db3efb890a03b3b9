"""`emo admin audit`."""

from functools import partial
from typing import Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.admin.engine_access import run_on_engines


def audit(
    *,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="USER", help="Only what concerns this account: a username, an e-mail address or an id."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="USER", help="Only what this one did to others: a username, an e-mail address or an id."
        ),
    ] = None,
    kind: options.EventKind = None,
    since: options.EventsSince = None,
    until: options.EventsUntil = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: options.AsJson = False,
) -> None:
    """List what has happened, latest first: logins, failed ones too, changes of accounts, calls of administrators.

    Of a removed account only its pseudonym is known; it is shown in place of the id, and --user takes it. --by also
    takes the id of a service account.
    """
    from emo_grpc.cli.admin.audit.listing import AuditOptions, list_audit_events  # noqa: PLC0415 - see app

    if user is not None and by is not None:
        raise typer.BadParameter("take either --user or --by")
    run_on_engines(partial(list_audit_events, AuditOptions(user, by, kind, since, until, limit, as_json)))
