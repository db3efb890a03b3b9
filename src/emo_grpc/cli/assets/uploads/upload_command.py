"""`emo upload`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.folder_names import given_folder
from emo_grpc.cli.assets.uploads.upload_paths import ChosenFiles, files_under, print_what_is_special
from emo_grpc.cli.completion import completers
from emo_grpc.cli.config_folder import config_folder
from emo_grpc.cli.connection.client_command import transfer_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import LOCAL, Refusal
from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo_grpc.cli.assets.uploads.upload_results import Uploaded


@transfer_command
async def upload(
    remote: Remote,
    *,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="The files, or with -r also folders; - = what comes by standard input."),
    ],
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Upload the files in folders, too.")] = False,
    into: Annotated[
        str,
        typer.Option(
            "--into",
            metavar="FOLDER",
            help="The vault's folder to put them into, instead of its top.",
            autocompletion=completers.folders,
        ),
    ] = "/",
    flat: Annotated[bool, typer.Option("--flat", help="With -r: without the folders that the files lie in.")] = False,
    title: options.Title = None,
    description: options.Description = None,
    tags: options.Tags = None,
    people: options.People = None,
    location: options.Place = None,
    former_location: options.Location = None,
    date: options.EventDate = None,
    bookmarked: Annotated[bool, typer.Option("--bookmarked", help="Bookmark it.")] = False,
    bookmark: options.Bookmark = None,
    private: Annotated[bool, typer.Option("--private", help="Keep it out of administrators' lists.")] = False,
    content_type: options.ContentType = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The name of the file, instead of its own; of standard input: stdin.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also upload files that were uploaded before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be sent.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Upload files, each as an asset of its own; its title is the file's name unless --title says otherwise.

    An upload goes on by itself after an interruption. If this command was killed, run it again: it goes on where it
    was, and leaves out files that are uploaded already, as long as they have not changed. Of standard input the last
    64 MiB are kept for interruptions; of a command that was killed it begins again.

    With -r a folder goes into the vault's folder of the same name, as `cp -r` does, whether or not a slash ends it; ./
    has no name, so that its files go to the top. Several small files are sent at once.

    Into a pipe it prints the id, the path, one of new, there and failed, and the bytes of each file.

    Of folders it leaves out what is hidden, links to other folders and downloads that were broken off; it says how
    many. A link to a file is sent as a file of its own. What can't be read there, and what is no file, is named, and
    does not keep the others.
    """
    from emo_grpc.cli.assets.descriptions import described  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploads.journal_file import open_journal  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploads.outgoing import placed  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploads.rehearsal import Rehearsal  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploads.upload_results import print_plan, print_uploads  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploads.uploader import Uploader  # noqa: PLC0415 - see app

    chosen = files_under([Path(each) for each in files], recursive=recursive)
    if len(chosen.files) > 1 and (title, name) != (None, None):
        raise Refusal(f"{'--name' if title is None else '--title'} is for a single file")
    outgoing = placed(chosen, given_folder(into), flat=flat)
    _print_what_is_not_sent(chosen)
    about, _ = described(
        {
            "title": title,
            "description": description,
            "tags": tags,
            "people": people,
            "location": former_location if location is None else location,
            "event_date": date,
            "bookmarked": bookmarked or bookmark,
            "extra_private": private,
            "file.name": name,
            "file.content_type": content_type,
        }
    )
    with open_journal(config_folder()) as journal:
        if dry_run:
            planned, exit_code = await Rehearsal(remote, journal, again=again).look_at(outgoing)
            print_plan([*planned, *_failed(chosen)], as_json=as_json)
        else:
            uploader = Uploader(remote, journal, about, again=again)
            try:
                exit_code = await uploader.upload_all(outgoing)
            finally:
                print_uploads([*uploader.results, *_failed(chosen)], as_json=as_json)
    if exit_code or chosen.failed:
        raise typer.Exit(exit_code or LOCAL)


def _failed(chosen: ChosenFiles) -> "list[Uploaded]":
    """Those that were found and can't be sent."""
    from emo_grpc.cli.assets.outcomes import Outcome  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.uploads.upload_results import Uploaded  # noqa: PLC0415 - see app

    return [Uploaded(path, "", 0, Outcome.FAILED) for path, _ in chosen.failed]


def _print_what_is_not_sent(chosen: ChosenFiles) -> None:
    print_what_is_special(chosen, with_hidden=True)
    if not chosen.files and not chosen.failed:
        print_error("there is nothing to upload")
