"""`emo trash`: what was deleted and is not destroyed yet, and its `restore`, `purge` and `empty`."""

from typing import Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.listed_pages import gather
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import EXIT_CODES_HELP, Refusal
from emo_grpc.cli.page_sizes import page_size
from emo_grpc.cli.terminal.questions import can_ask

trash = typer.Typer(name="trash", cls=EmoGroup, no_args_is_help=True, epilog=EXIT_CODES_HELP)

TrashedIds = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSET_ID",
        help="The ids of assets in the trash, or 4 characters or more of their beginning.",
        autocompletion=completers.trashed_ids,
    ),
]


@trash.command("ls")
@client_command
async def list_trash(
    remote: Remote,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All there are, whatever --limit says.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """List what is in the trash, last deleted first, with the day on which it is destroyed."""
    from emo_grpc.cli.assets.trash_texts import print_trash  # noqa: PLC0415 - see app

    wanted = None if everything else limit
    gathered = await gather(remote.client.assets.list_trash_pages(page_size=page_size(wanted)), wanted)
    print_trash(gathered.assets, as_json=as_json)
    gathered.print_rest()


@trash.command()
@client_command
async def restore(remote: Remote, *, asset_ids: TrashedIds, as_json: options.AsJson = False) -> None:
    """Take assets out of the trash; they are as they were."""
    from emo_grpc.cli.assets.changes.trashed import restore_assets  # noqa: PLC0415 - see app

    await restore_assets(remote, asset_ids, as_json=as_json)


@trash.command()
@client_command
async def purge(
    remote: Remote, *, asset_ids: TrashedIds, yes: options.Yes = False, as_json: options.AsJson = False
) -> None:
    """Destroy assets in the trash with their files, for good. Asks first."""
    from emo_grpc.cli.assets.changes.trashed import purge_assets  # noqa: PLC0415 - see app

    _require_answer(yes=yes)
    await purge_assets(remote, asset_ids, yes=yes, as_json=as_json)


@trash.command()
@client_command
async def empty(remote: Remote, *, yes: options.Yes = False, as_json: options.AsJson = False) -> None:
    """Destroy all that is in the trash, for good. Asks first."""
    from emo_grpc.cli.assets.changes.emptying import empty_trash  # noqa: PLC0415 - see app

    _require_answer(yes=yes)
    await empty_trash(remote, yes=yes, as_json=as_json)


def _require_answer(*, yes: bool) -> None:
    if not yes and not can_ask():
        raise Refusal("there is no terminal to ask: use --yes")
