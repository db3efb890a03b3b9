"""`emo folder`: its `ls` and `mv`."""

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Final

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.folder_names import given_folder, is_within
from emo_grpc.cli.command_line import EmoGroup
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.page_sizes import page_size
from emo_grpc.cli.terminal.printing import counted, print_error, print_line

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import ListFoldersResponse

TOP: Final = "the top"

folder = typer.Typer(
    name="folder",
    cls=EmoGroup,
    no_args_is_help=True,
    help="List and move folders. There is a folder while something is in it, or below it.",
)


@folder.command()
@client_command
async def ls(
    remote: Remote,
    *,
    inside: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER",
            help="Which folder to look into; / is the top.",
            show_default=False,
            autocompletion=completers.folders,
        ),
    ] = "/",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 1000,
    everything: Annotated[bool, typer.Option("--all", help="All there are, whatever --limit says.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """List the folders right below one, with how many assets and bytes are in each and below it."""
    from emo_grpc.cli.assets.folders.texts import print_folders  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.missing_folders import naming  # noqa: PLC0415 - see app

    folder = given_folder(inside)
    with naming(folder):
        found, is_more = await _collect(remote, folder, None if everything else limit)
    print_folders(found, as_json=as_json)
    if is_more:
        print_error("there are more: --all lists all of them, --limit more of them")


@folder.command()
@client_command
async def mv(
    remote: Remote,
    *,
    source: Annotated[
        str, typer.Argument(metavar="FOLDER", help="The folder to move.", autocompletion=completers.folders)
    ],
    destination: Annotated[
        str,
        typer.Argument(
            metavar="NEW", help="Its new name, told from the top; / is the top.", autocompletion=completers.folders
        ),
    ],
    yes: options.Yes = False,
) -> None:
    """Give a folder another name or place, with all below it. NEW is its whole new path.

    Where NEW is a folder already, the two become one; it asks before that. At the top, what was in it lies there. A
    large folder takes a while; it goes on when you do not wait.
    """
    from emo_grpc.cli.assets.merging import may_merge  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.missing_folders import naming  # noqa: PLC0415 - see app

    old, new = given_folder(source), given_folder(destination)

    def tell(left: int) -> None:
        print_error(f"{counted(left, 'asset is', 'assets are')} still to be moved")

    with naming(old):
        already = await _already_in(remote, new, old)
        if already and not may_merge(old, new or TOP, already, yes=yes, otherwise="nothing was moved"):
            return
        await remote.client.assets.move_folder(old, new, on_progress=tell)
    end = ", which was there already; both are one now." if already else "."
    print_line(f"Moved {old} to {new}{end}" if new else f"Moved what was in {old} to the top.")


async def _already_in(remote: Remote, new: str, old: str) -> str:
    """The sentence of how many assets the new folder has without the old one; empty if none.

    What goes deeper into its own folder meets nothing.
    """
    from emo_grpc.cli.assets.missing_folders import find_folder, require_folder  # noqa: PLC0415 - see app

    there = None if is_within(new, old) else await find_folder(remote.client, new)
    if there is None or not there.count:
        return ""
    moved = await require_folder(remote.client, old)
    count, other = (there.count - moved.count, "other ") if is_within(old, new) else (there.count, "")
    place = f"in {new}" if new else f"at {TOP}"
    return f"{counted(count, f'{other}asset is', f'{other}assets are')} {place} already" if count else ""


async def _collect(remote: Remote, inside: str, limit: int | None) -> tuple["ListFoldersResponse", bool]:
    """The folder, with up to `limit` of those below it, and whether there are more."""
    async with aclosing(remote.client.assets.folder_pages(inside, page_size=page_size(limit))) as pages:
        found = await anext(pages)
        async for page in pages:
            if limit is not None and len(found.folders) > limit:
                break
            found.folders.extend(page.folders)
    is_more = limit is not None and len(found.folders) > limit
    if is_more:
        del found.folders[limit:]
    return found, is_more
