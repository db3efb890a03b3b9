"""`emo edit`, `rm` and `cancel`."""

from typing import Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.filter_options import FilterOptions, narrowed
from emo_grpc.cli.assets.folder_names import given_folder
from emo_grpc.cli.assets.narrowing import Said, listed_choices, one_of
from emo_grpc.cli.assets.short_ids import full_id
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import print_line


@client_command
@narrowed("text", "tags", "people", "place", "bookmarked")
async def edit(
    remote: Remote,
    *,
    asset_ids: options.AssetIds = None,
    title: options.Title = None,
    description: options.Description = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="TAG",
            help="The tags from now on, with any commas in them; may be repeated.",
            autocompletion=completers.tags,
        ),
    ] = None,
    add_tags: Annotated[
        list[str] | None,
        typer.Option("--add-tag", metavar="TAG", help="One tag more.", autocompletion=completers.tags),
    ] = None,
    remove_tags: Annotated[
        list[str] | None,
        typer.Option("--remove-tag", metavar="TAG", help="One tag less.", autocompletion=completers.tags),
    ] = None,
    people: Annotated[
        list[str] | None,
        typer.Option(
            "--person",
            metavar="NAME",
            help="Who is in it from now on, with any commas in names; may be repeated.",
            autocompletion=completers.people,
        ),
    ] = None,
    add_people: Annotated[
        list[str] | None,
        typer.Option("--add-person", metavar="NAME", help="Somebody more in it.", autocompletion=completers.people),
    ] = None,
    remove_people: Annotated[
        list[str] | None,
        typer.Option("--remove-person", metavar="NAME", help="Somebody less.", autocompletion=completers.people),
    ] = None,
    location: options.Place = None,
    former_location: options.Location = None,
    date: options.EventDate = None,
    bookmarked: Annotated[
        bool | None,
        typer.Option("--bookmarked/--not-bookmarked", help="Bookmark it, or not."),
    ] = None,
    bookmark: options.Bookmark = None,
    private: Annotated[
        bool | None, typer.Option("--private/--no-private", help="Keep it out of administrators' lists, or not.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The name of its file.")] = None,
    content_type: options.ContentType = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--into",
            metavar="FOLDER",
            help="The folder that it moves to; / is the top.",
            autocompletion=completers.folders,
        ),
    ] = None,
    clear: Annotated[
        list[Said] | None,
        typer.Option(
            "--clear",
            metavar="WHAT",
            help=f"Take away its {listed_choices(Said)}; may be repeated.",
            show_default=False,
            **one_of(Said, "field"),
        ),
    ] = None,
    narrow: FilterOptions,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    as_json: options.AsJson = False,
) -> None:
    """Change what is said of assets; only what is given changes.

    Which assets, their ids say, or the options for that. By a tag, a person, a place or a bookmark --filter finds them,
    as in --filter 'tags:sea'. Where several are meant, it asks first.
    """
    from emo_grpc.cli.assets.changes.editing import Labels, edit_assets, request_of  # noqa: PLC0415 - see app

    request = request_of(
        {
            "title": title,
            "description": description,
            "location": former_location if location is None else location,
            "event_date": date,
            "bookmarked": bookmark if bookmarked is None else bookmarked,
            "extra_private": private,
            "file.name": name,
            "file.content_type": content_type,
            "folder": None if into is None else given_folder(into),
        },
        Labels("tag", tags, add_tags, remove_tags),
        Labels("person", people, add_people, remove_people),
        clear or (),
    )
    await edit_assets(remote, request, asset_ids or (), narrow, dry_run=dry_run, yes=yes, as_json=as_json)


@client_command
@narrowed("text")
async def rm(
    remote: Remote,
    *,
    asset_ids: options.AssetIds = None,
    narrow: FilterOptions,
    purge: Annotated[
        bool, typer.Option("--purge", help="Destroy them now, for good, whether or not they are in the trash.")
    ] = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    as_json: options.AsJson = False,
) -> None:
    """Move assets to the trash; `emo trash restore` brings them back for some days. Asks first.

    Which assets, their ids say, or the options for that.
    """
    from emo_grpc.cli.assets.changes.removing import remove_assets  # noqa: PLC0415 - see app

    await remove_assets(remote, asset_ids or (), narrow, purges=purge, dry_run=dry_run, yes=yes, as_json=as_json)


@client_command
async def cancel(remote: Remote, *, asset_id: options.AssetId) -> None:
    """Drop what was received of an unfinished upload; the asset stays, without a file."""
    asset_id = await full_id(remote.client, asset_id)
    await remote.client.assets.cancel_upload(asset_id)
    print_line(f"Dropped the unfinished upload of {asset_id}. The asset stays; `emo rm {asset_id}` removes it.")
