"""`emo upload`."""

from pathlib import Path
from typing import Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.upload_paths import ChosenFiles, files_under
from emo_grpc.cli.config_folder import config_folder
from emo_grpc.cli.connection.client_command import transfer_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import LOCAL, Refusal
from emo_grpc.cli.terminal.printing import print_error


@transfer_command
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
    what is no file, is named, and does not keep the others.
    """
    from emo_grpc.cli.assets.descriptions import described  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.journal_file import open_journal  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploader import Uploader  # noqa: PLC0415 - see app

    chosen = files_under([Path(each) for each in files], recursive=recursive)
    if len(chosen.paths) > 1 and (title, name) != (None, None):
        raise Refusal(f"{'--name' if title is None else '--title'} is for a single file")
    _print_what_is_not_sent(chosen)
    about, _ = described(
        {
            "title": title,
            "description": description,
            "tags": tags,
            "people": people,
            "location": location,
            "event_date": date,
            "bookmarked": bookmarked or bookmark,
            "extra_private": private,
            "file.name": name,
            "file.content_type": content_type,
        }
    )
    with open_journal(config_folder()) as journal:
        exit_code = await Uploader(remote, journal, about, again=again).upload_all(chosen.paths, as_json=as_json)
    if exit_code or chosen.failed:
        raise typer.Exit(exit_code or LOCAL)


def _print_what_is_not_sent(chosen: ChosenFiles) -> None:
    if chosen.left_out:
        print_error(f"{chosen.left_out} left out: hidden, or a link to a folder")
    for path, why in chosen.failed:
        print_error(f"{path}: {why}")
    if not chosen.paths and not chosen.failed:
        print_error("there is nothing to upload")
