"""`emo admin backup`, `backups` and `restore`."""

from functools import partial
from typing import Annotated, Final

import typer
from typer._click.globals import get_current_context  # typer has a click of its own

from emo_grpc.cli.admin.engine_access import run_alone, run_on_engines
from emo_grpc.cli.arguments import refuse_stream
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.options import AsJson
from emo_grpc.cli.terminal.questions import can_ask, confirm

To = Annotated[
    str | None, typer.Option("--to", metavar="PLACE", help="Add a backup there: a folder, or s3://BUCKET/PREFIX.")
]
FROM: Final = typer.Option("--from", metavar="PLACE", help="Where it is: a folder, or s3://BUCKET/PREFIX.")
From = Annotated[str, FROM]
NO_STREAM: Final = "backups are in a folder or a bucket, not in a stream"
BackupId = Annotated[str | None, typer.Option("--backup", metavar="ID", help="Another one than the latest.")]


def backup(
    *,
    to: To = None,
    from_: Annotated[str | None, FROM] = None,
    backup_id: BackupId = None,
    verify: Annotated[bool, typer.Option("--verify", help="Open every file in it, too.")] = False,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="COUNT", min=1, help="Then remove all but the latest ones.")
    ] = None,
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Put the server's keys beside it, readable.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
) -> None:
    """Back up all that the server has, while it runs: `--to PLACE`. Only files that are not there yet are copied.

    `--verify` proves the backup by opening every file; with `--from` in place of `--to` it proves one that is there.
    May be interrupted: the same command goes on. Exit code 9 if something is damaged; all else is in the backup.
    """
    from emo_grpc.cli.admin.backups.backing_up import prove_backup, take_and_prove  # noqa: PLC0415 - see app

    refuse_stream(to or from_ or "", NO_STREAM)
    if bool(to) == bool(from_):
        raise typer.BadParameter("say --to PLACE to make a backup, or --from PLACE --verify to prove one")
    if from_ and (not verify or keep or with_keys):
        raise typer.BadParameter("--from goes with --verify and --backup alone")
    if to and backup_id:
        raise typer.BadParameter("--backup names one that is there: say --from PLACE --verify")
    if with_keys and not yes:
        _require_consent()
    if to is not None:
        run_on_engines(partial(take_and_prove, to, verify=verify, keep=keep, with_keys=with_keys))
    elif from_ is not None:
        run_on_engines(partial(prove_backup, from_, backup_id))


def backups(from_: From, as_json: AsJson = False) -> None:
    """List the backups in a place, latest first."""
    from emo_grpc.cli.admin.backups.listing import list_backups  # noqa: PLC0415 - see app

    refuse_stream(from_, NO_STREAM)
    run_alone(list_backups(from_, as_json=as_json))


def restore(from_: From, backup_id: BackupId = None) -> None:
    """Restore a backup to the engines of the settings, which must be empty: any, whatever it was made of.

    Set the keys first, or copy secrets.env into DATA_FOLDER. Keep the server stopped. May be interrupted: the same
    command goes on. Exit code 9 if something is damaged; all else is restored.
    """
    from emo_grpc.cli.admin.backups.restorer import restore_backup  # noqa: PLC0415 - see app

    refuse_stream(from_, NO_STREAM)
    run_alone(restore_backup(from_, backup_id, get_current_context().command_path))


def _require_consent() -> None:
    if not can_ask():
        raise Refusal("there is no terminal to ask whether the keys shall be in the backup: use --yes")
    if not confirm("Whoever has the backup can read every file then. Put the keys beside it?"):
        raise Refusal("no backup was made")
