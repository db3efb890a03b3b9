"""Brings what is stored up to date."""

from collections.abc import AsyncIterator

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from emo_grpc.assets.domain import commands as assets_commands
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.bootstrap.assets import AssetsContext
from emo_grpc.bootstrap.users import UsersContext
from emo_grpc.cli.failures import FAILED
from emo_grpc.cli.terminal.console import CleanConsole
from emo_grpc.cli.terminal.output import is_watched
from emo_grpc.cli.terminal.printing import counted, print_error, print_line
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.errors import DataLoss
from emo_grpc.users.domain import commands as users_commands
from emo_grpc.users.domain.errors import SessionRecordCorrupt, UserRecordCorrupt


async def upgrade_all(users: UsersContext, assets: AssetsContext, *, dry_run: bool) -> None:
    """Rewrite all documents of earlier releases, or count them; ends with an exit code if one can't be read."""
    total = await users.views.outdated() + await assets.views.outdated()
    if dry_run:
        print_line(f"{counted(total, 'document is', 'documents are')} to be brought up to date.")
        return
    done = 0
    try:
        with _bar() as bar:
            task = bar.add_task("migrating", total=total)
            async for count in _batches(users, assets):
                done += count
                bar.update(task, completed=done)
    except UnknownSchemaVersion as error:
        print_error(f"{error}; {_brought(done)} before")
        raise typer.Exit(FAILED) from None
    except AssetRecordCorrupt as error:
        asset_id = error.metadata["asset_id"]
        print_error(
            f"records of assets are damaged, one of {asset_id}: `emo admin verify` names all; {_brought(done)} before"
        )
        raise typer.Exit(FAILED) from None
    except (UserRecordCorrupt, SessionRecordCorrupt) as error:
        ((name, item_id),) = error.metadata.items()
        print_error(f"records of accounts or sessions are damaged, one of {name} {item_id}; {_brought(done)} before")
        raise typer.Exit(FAILED) from None
    print_line(f"{_brought(done)}." if done else "Everything is up to date.")


def _brought(count: int) -> str:
    return f"{counted(count, 'document was', 'documents were')} brought up to date"


async def _batches(users: UsersContext, assets: AssetsContext) -> AsyncIterator[int]:
    """How many were brought up to date each time; raises at the end what damaged ones kept back."""
    damage: DataLoss | None = None
    for bus, command in (
        (users.bus, users_commands.UpgradeDocuments()),
        (assets.bus, assets_commands.UpgradeDocuments()),
    ):
        try:
            while count := await bus.handle(command):
                yield count
        except DataLoss as error:  # of this context; the other one still has its turn
            damage = damage or error
    if damage is not None:
        raise damage


def _bar() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn()
    return Progress(*columns, console=CleanConsole(stderr=True), disable=not is_watched(), transient=True)
