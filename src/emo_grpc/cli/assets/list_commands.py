"""`emo ls`, `show` and `stats`."""

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.short_ids import full_id
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import Asset, AssetFilter

MAX_PAGE = 1000


@client_command
async def ls(
    remote: Remote,
    *,
    tags: options.Tags = None,
    people: options.People = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="A media type, or a family such as image/*; may be repeated."),
    ] = None,
    bookmarked: Annotated[
        bool | None, typer.Option("--bookmarked/--not-bookmarked", help="Only what is bookmarked, or only what is not.")
    ] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Only those whose file is not complete.")] = False,
    order_by: Annotated[
        str,
        typer.Option(
            "--order-by", metavar="FIELD", help="create_time, update_time, event_date or title; with ' desc' backwards."
        ),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All there are, whatever --limit says.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """List your assets, latest first. Several --tag and --person narrow the list, several --type widen it."""
    from emo.assets.v1.assets_pb2 import ASSET_STATE_PENDING, AssetFilter  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.texts import print_assets  # noqa: PLC0415 - see app

    narrow = AssetFilter(
        tags=tags or (),
        people=people or (),
        content_types=types or (),
        bookmarked=bookmarked,
        states=[ASSET_STATE_PENDING] if pending else (),
    )
    assets, unreadable, is_more = await _collect(remote, narrow, order_by, None if everything else limit)
    print_assets(assets, as_json=as_json)
    for asset_id in unreadable:
        print_error(f"{asset_id} can't be shown: what the server knows of it is damaged; tell its operator")
    if is_more:
        print_error("there are more: --all lists all of them, --limit more of them")


async def _collect(
    remote: Remote, narrow: "AssetFilter", order_by: str, limit: int | None
) -> tuple[list["Asset"], list[str], bool]:
    """Up to `limit` assets, the ids of those on the same pages that can't be shown, and whether there are more."""
    size = MAX_PAGE if limit is None else min(limit + 1, MAX_PAGE)
    found: list[Asset] = []
    unreadable: list[str] = []
    pages = remote.client.assets.list_pages(narrow=narrow, order_by=order_by, page_size=size)
    async with aclosing(pages):
        async for page in pages:
            found += page.assets
            unreadable += page.unreadable_asset_ids
            if limit is not None and len(found) > limit:
                return found[:limit], unreadable, True
    return found, unreadable, False


@client_command
async def show(remote: Remote, *, asset_id: options.AssetId, as_json: options.AsJson = False) -> None:
    """Show all that is known of an asset."""
    from emo_grpc.cli.assets.texts import print_asset  # noqa: PLC0415 - see app

    print_asset(await remote.client.assets.get(await full_id(remote.client, asset_id)), as_json=as_json)


@client_command
async def stats(remote: Remote, *, as_json: options.AsJson = False) -> None:
    """Count your assets by kind, and show how much of your storage is used."""
    from emo_grpc.cli.assets.texts import print_stats  # noqa: PLC0415 - see app

    print_stats(await remote.client.assets.stats(), as_json=as_json)
