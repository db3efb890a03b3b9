"""`emo upload`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.config_folder import config_folder
from emo_grpc.cli.connection.client_command import transfer
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import LOCAL, Refusal, complain

if TYPE_CHECKING:
    from emo_grpc.cli.assets.upload_paths import ChosenFiles
    from emo_grpc.cli.assets.uploader import Uploaded


@transfer
async def upload(
    remote: Remote,
    *,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="The files, or with -r also folders; - = what comes by standard input."),
    ],
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Upload the files in folders, too.")] = False,
    title: options.Title = None,
    description: options.Description = None,
    tags: options.Tags = None,
    people: options.People = None,
    location: options.Location = None,
    date: options.EventDate = None,
    bookmarked: Annotated[bool, typer.Option("--bookmarked", help="Bookmark it.")] = False,
    bookmark: options.Bookmark = None,
    private: Annotated[bool, typer.Option("--private", help="Keep it out of administrators' lists.")] = False,
    content_type: options.ContentType = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The name of the file, instead of its own; of standard input: stdin.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also upload files that were uploaded before.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Upload files, each as an asset of its own; its title is the file's name unless --title says otherwise.

    An upload goes on by itself after an interruption. If this command was killed, run it again: it goes on where it
    was, and leaves out files that are uploaded already, as long as they have not changed. Of standard input the last
    64 MiB are kept for interruptions; of a command that was killed it begins again.

    Of folders it leaves out what is hidden and links to other folders; it says how many. What can't be read there, and
    what is no file, is named, and does not keep the rest.
    """
    from emo.assets.v1.assets_pb2 import Asset, File  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.journal_file import open_journal  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.upload_paths import files_under  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploader import Uploads  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.printing import timestamp  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.progress_bars import ProgressBars  # noqa: PLC0415 - see app

    chosen = files_under([Path(each) for each in files], recursive=recursive)
    if len(chosen.paths) > 1 and (title, name) != (None, None):
        raise Refusal(f"{'--name' if title is None else '--title'} is for a single file")
    _say_what_is_not_sent(chosen)
    about = Asset(
        title=title or "",
        description=description or "",
        tags=tags or (),
        people=people or (),
        location=location or "",
        event_date=timestamp(date) if date else None,
        bookmarked=bookmarked or bool(bookmark),
        extra_private=private,
        file=File(name=name or "", content_type=content_type or "") if name or content_type else None,
    )
    with open_journal(config_folder()) as journal:
        bars = ProgressBars()
        uploads = Uploads(remote, journal, about, bars, again=again)
        try:
            with bars:
                await uploads.upload_all(chosen.paths)
        finally:
            _print(uploads.done, as_json=as_json)
    exit_code = uploads.exit_code or (LOCAL if chosen.failed else 0)
    if exit_code:
        raise typer.Exit(exit_code)


def _say_what_is_not_sent(chosen: "ChosenFiles") -> None:
    if chosen.left_out:
        complain(f"{chosen.left_out} left out: hidden, or a link to a folder")
    for path, why in chosen.failed:
        complain(f"{path}: {why}")
    if not chosen.paths and not chosen.failed:
        complain("there is nothing to upload")


def _print(done: "list[Uploaded]", *, as_json: bool) -> None:
    """Also those before one that stopped the rest."""
    from emo_grpc.cli.terminal.printing import print_json  # noqa: PLC0415 - see app

    if as_json:
        print_json([each.as_dict() for each in done])
        return
    for each in done:
        _print_one(each)
    there = sum(each.was_there for each in done)
    if there and len(done) > 1:
        complain(f"{there} of {len(done)} files were there already; --again uploads them once more")


def _print_one(uploaded: "Uploaded") -> None:
    from emo_grpc.cli.terminal.output import is_terminal  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.printing import say, say_tabbed, size_text  # noqa: PLC0415 - see app

    if not is_terminal():
        say_tabbed((uploaded.asset_id, str(uploaded.path)))
    elif uploaded.was_there:
        say(f"{uploaded.asset_id}  {uploaded.shown}  (was uploaded before; --again uploads it once more)")
    else:
        say(f"{uploaded.asset_id}  {uploaded.shown}  {size_text(uploaded.size_bytes)}")
