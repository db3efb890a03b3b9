"""`emo sync`."""

from pathlib import Path
from typing import Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.arguments import refuse_stream
from emo_grpc.cli.assets.folder_names import folder_of, given_folder
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import transfer_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal


@transfer_command
async def sync(
    remote: Remote,
    *,
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="The folder on this machine.", show_default=False)],
    up: Annotated[bool, typer.Option("--up", help="Send what the vault does not have.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Fetch what this machine does not have.")] = False,
    vault_folder: Annotated[
        str | None,
        typer.Option(
            "--folder",
            metavar="FOLDER",
            help="The vault's folder, if it is not called as the one here.",
            autocompletion=completers.folders,
        ),
    ] = None,
    delete: Annotated[
        bool,
        typer.Option(
            "--delete", help="Also move what only the other side has out of the way: into the trash, or set aside here."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Bring a folder and the vault's folder of its name together, in one direction, by path and content.

    With --up, files that are new or changed are sent. With --down, what the folder lacks is fetched, and a file that
    has other content makes way: to a name with its id in it if the vault has that content under the same name, too,
    else into .emo-trash-<time> inside the folder. What has the same content under another path was moved, and is moved
    on the other side, unless not all could be read. Nothing is destroyed. What only the other side has stays there
    unless --delete is given, and also when not all of this side could be read, or it is empty.

    What is hidden is left out, and downloads that were broken off. A folder makes way for a file of its name.
    A sync that was interrupted goes on when the same command is run again.
    """
    from emo_grpc.cli.assets.sync.syncing import Syncing  # noqa: PLC0415 - see app

    refuse_stream(folder, "a sync needs a folder, not standard input or output")
    if up == down:
        raise Refusal("say in which direction: --up or --down")
    into = _own_folder(Path(folder)) if vault_folder is None else given_folder(vault_folder)
    syncing = Syncing(remote, Path(folder), into, is_up=up, deletes=delete, as_json=as_json)
    exit_code = await syncing.run(is_plan=dry_run)
    if exit_code:
        raise typer.Exit(exit_code)


def _own_folder(folder: Path) -> str:
    """The vault's folder of the same name; `./` has that of the folder it stands for."""
    name = folder.absolute().name
    if name in {"", ".."}:
        raise Refusal(f"{folder} has no name: --folder says which folder of the vault is meant")
    return folder_of([name])
