"""`emo ls`, `show` and `stats`."""

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.connection.client_command import online
from emo_grpc.cli.connection.remote import Remote

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import Asset, AssetFilter

MAX_PAGE = 1000


@online
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
    from emo_grpc.cli.assets.texts import ASSET_HEADINGS, SPARE, asset_row  # noqa: PLC0415 - see app
    from emo_grpc.cli.failures import complain  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.printing import as_dict, print_json, print_rows  # noqa: PLC0415 - see app

    narrow = AssetFilter(
        tags=tags or (),
        people=people or (),
        content_types=types or (),
        bookmarked=bookmarked,
        states=[ASSET_STATE_PENDING] if pending else (),
    )
    assets, unreadable, is_more = await _collect(remote, narrow, order_by, None if everything else limit)
    if as_json:
        print_json([as_dict(asset) for asset in assets])
    else:
        print_rows(ASSET_HEADINGS, [asset_row(asset) for asset in assets], right=("Size",), spare=SPARE, short=True)
    for asset_id in unreadable:
        complain(f"{asset_id} can't be shown: what the server knows of it is damaged; tell its operator")
    if is_more:
        complain("there are more: --all lists all of them, --limit more of them")


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


@online
async def show(remote: Remote, *, asset_id: options.AssetId, as_json: options.AsJson = False) -> None:
    """Show all that is known of an asset."""
    from emo_grpc.cli.assets.short_ids import whole_id  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.texts import asset_facts  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.printing import as_dict, print_facts, print_json  # noqa: PLC0415 - see app

    asset = await remote.client.assets.get(await whole_id(remote.client, asset_id))
    if as_json:
        print_json(as_dict(asset))
    else:
        print_facts(asset_facts(asset))


@online
async def stats(remote: Remote, *, as_json: options.AsJson = False) -> None:
    """Count your assets by kind, and show how much of your storage is used."""
    from emo_grpc.cli.assets.texts import kind_rows, limit_lines, quota_line  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.output import is_terminal  # noqa: PLC0415 - see app
    from emo_grpc.cli.terminal.printing import (  # noqa: PLC0415 - see app
        as_dict,
        print_json,
        print_rows,
        say,
        say_tabbed,
    )

    found = await remote.client.assets.stats()
    if as_json:
        print_json(as_dict(found))
        return
    print_rows(("Kind", "Count", "Size"), kind_rows(found), right=("Count", "Size"))
    if is_terminal():
        for line in (quota_line(found), *limit_lines(found)):
            say(line)
    else:
        say_tabbed(("used", str(found.used_bytes), str(found.quota_bytes)))
