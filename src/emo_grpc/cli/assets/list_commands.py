"""`emo ls`, `show` and `stats`."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.filter_options import FilterOptions, narrowed
from emo_grpc.cli.assets.listed_pages import gather
from emo_grpc.cli.assets.narrowing import one_of
from emo_grpc.cli.assets.short_ids import full_id
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.page_sizes import page_size


class Order(StrEnum):
    """What a list is sorted by, as people call it."""

    DATE = "date"
    CREATED = "created"
    CHANGED = "changed"
    TITLE = "title"
    SIZE = "size"


FIELDS: Final = {Order.DATE: "event_date", Order.CREATED: "create_time", Order.CHANGED: "update_time"}
"""Their names in the contract, where these are others."""


@client_command
@narrowed()
async def ls(
    remote: Remote,
    *,
    narrow: FilterOptions,
    sort: Annotated[
        Order | None,
        typer.Option(
            "--sort",
            metavar="BY",
            **one_of(Order, "order"),
            help="date, created, changed or size, latest or largest first; or title, from A to Z. Otherwise date with "
            "--from or --to, else created.",
            show_default=False,
        ),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    order_by: Annotated[
        str,
        typer.Option(
            "--order-by", metavar="FIELD", help="A field of the contract, such as event_date; with ' desc' backwards."
        ),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All there are, whatever --limit says.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """List your assets, latest first, or those that are asked for.

    Each option narrows the list; several --type or --kind widen it. What else can be asked, --filter says in the filter
    language: https://google.aip.dev/160 and docs/filters.md.
    """
    from emo_grpc.cli.assets.missing_folders import explain_nothing  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.texts import print_assets  # noqa: PLC0415 - see app

    if order_by and (sort or reverse):
        raise Refusal("--order-by says all of the order; it can't be used with --sort or --reverse")
    order_by = order_by or _order(sort or _usual(narrow), reverse=reverse)
    wanted, meant = None if everything else limit, narrow.message()
    pages = remote.client.assets.list_pages(narrow=meant, order_by=order_by, page_size=page_size(wanted))
    gathered = await gather(pages, wanted)
    if not gathered.assets:
        await explain_nothing(remote.client, meant)
    print_assets(gathered.assets, as_json=as_json)
    gathered.print_rest()


def _usual(narrow: FilterOptions) -> Order:
    """Days are asked for to be looked through; and in another order the server may have to pass by all other assets."""
    return Order.DATE if narrow.from_date or narrow.to_date else Order.CREATED


def _order(sort: Order, *, reverse: bool) -> str:
    descending = (sort is not Order.TITLE) != reverse
    return f"{FIELDS.get(sort, sort.value)}{' desc' if descending else ''}"


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
