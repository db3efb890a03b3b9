"""`emo edit`, `rm` and `cancel`."""

from typing import Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.short_ids import full_id
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal.printing import print_line
from emo_grpc.cli.terminal.questions import can_ask, confirm


@client_command
async def edit(
    remote: Remote,
    *,
    asset_id: options.AssetId,
    title: options.Title = None,
    description: options.Description = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="TAG", help="The tags from now on; may be repeated.", autocompletion=completers.tags
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
            help="Who is in it from now on; may be repeated.",
            autocompletion=completers.people,
        ),
    ] = None,
    location: options.Location = None,
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
) -> None:
    """Change what is said of an asset; only what is given changes."""
    from emo_grpc.cli.assets.descriptions import described  # noqa: PLC0415 - see app

    given = {
        "title": title,
        "description": description,
        "tags": tags,
        "people": people,
        "location": location,
        "event_date": date,
        "bookmarked": bookmark if bookmarked is None else bookmarked,
        "extra_private": private,
        "file.name": name,
        "file.content_type": content_type,
    }
    asset_id = await full_id(remote.client, asset_id)
    asset, paths = described(given)
    asset.asset_id = asset_id
    if add_tags or remove_tags:
        if tags is not None:
            raise Refusal("--tag replaces all tags; it can't be used with --add-tag or --remove-tag")
        found = await remote.client.assets.get(asset_id)
        kept = [tag for tag in found.tags if tag not in (remove_tags or ())]
        asset.tags.extend(dict.fromkeys([*kept, *(add_tags or ())]))
        asset.etag = found.etag
        paths.append("tags")
    if not paths:
        raise Refusal("say what to change; `emo edit --help` lists it")
    await remote.client.assets.update(asset, paths)
    print_line(f"Changed {asset_id}.")


@client_command
async def rm(
    remote: Remote,
    *,
    asset_ids: Annotated[
        list[str],
        typer.Argument(metavar="ASSET_ID", help="The assets' ids.", autocompletion=completers.asset_ids),
    ],
    purge: Annotated[
        bool, typer.Option("--purge", help="Destroy them now, for good, whether or not they are in the trash.")
    ] = False,
    yes: options.Yes = False,
) -> None:
    """Move assets to the trash; `emo trash restore` brings them back for some days. Asks first."""
    from emo_grpc.cli.assets.deletion import deletion  # noqa: PLC0415 - see app

    if not yes and not can_ask():
        raise Refusal("there is no terminal to ask: use --yes")
    chosen = [await full_id(remote.client, each) for each in asset_ids]
    how, count = await deletion(remote.client, purges=purge), 0
    for asset_id in chosen:
        if yes or confirm(how.question(await remote.client.assets.get(asset_id))):
            await how.delete(asset_id)
            count += 1
    if count:
        how.print_way_back()


@client_command
async def cancel(remote: Remote, *, asset_id: options.AssetId) -> None:
    """Drop what was received of an unfinished upload; the asset stays, without a file."""
    asset_id = await full_id(remote.client, asset_id)
    await remote.client.assets.cancel_upload(asset_id)
    print_line(f"Dropped the unfinished upload of {asset_id}. The asset stays; `emo rm {asset_id}` removes it.")
