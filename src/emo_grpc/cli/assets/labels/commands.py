"""`emo tags`, `people`, `places` and `timeline`."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from emo_grpc.cli import options
from emo_grpc.cli.assets.narrowing import FromDate, ToDate, one_of
from emo_grpc.cli.connection.client_command import client_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.page_sizes import MAX_PAGE


class LabelSort(StrEnum):
    """What labels are sorted by."""

    NAME = "name"
    COUNT = "count"


class Unit(StrEnum):
    """How finely time is divided."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


ORDERS: Final = {LabelSort.NAME: "name", LabelSort.COUNT: "count desc"}
Prefix = Annotated[
    str, typer.Argument(metavar="[PREFIX]", help="How they begin; case and accents don't count.", show_default=False)
]
Sort = Annotated[
    LabelSort,
    typer.Option("--sort", metavar="ORDER", help="By name, or by count, most first.", **one_of(LabelSort, "order")),
]


@client_command
async def tags(
    remote: Remote, *, prefix: Prefix = "", sort: Sort = LabelSort.NAME, as_json: options.AsJson = False
) -> None:
    """List your tags, and how many assets have each."""
    from emo_grpc.cli.assets.labels.texts import print_labels  # noqa: PLC0415 - see app

    found = remote.client.assets.tags(prefix=prefix, order_by=ORDERS[sort], page_size=MAX_PAGE)
    print_labels("Tag", [each async for each in found], as_json=as_json)


@client_command
async def people(
    remote: Remote, *, prefix: Prefix = "", sort: Sort = LabelSort.NAME, as_json: options.AsJson = False
) -> None:
    """List who is in your assets, and in how many."""
    from emo_grpc.cli.assets.labels.texts import print_labels  # noqa: PLC0415 - see app

    found = remote.client.assets.people(prefix=prefix, order_by=ORDERS[sort], page_size=MAX_PAGE)
    print_labels("Person", [each async for each in found], as_json=as_json)


@client_command
async def places(
    remote: Remote, *, prefix: Prefix = "", sort: Sort = LabelSort.NAME, as_json: options.AsJson = False
) -> None:
    """List where your assets were, and how many at each place."""
    from emo_grpc.cli.assets.labels.texts import print_labels  # noqa: PLC0415 - see app

    found = remote.client.assets.places(prefix=prefix, order_by=ORDERS[sort], page_size=MAX_PAGE)
    print_labels("Place", [each async for each in found], as_json=as_json)


@client_command
async def timeline(
    remote: Remote,
    *,
    unit: Annotated[
        Unit, typer.Option("--by", metavar="UNIT", help="By year, month or day.", **one_of(Unit, "unit"))
    ] = Unit.YEAR,
    from_date: FromDate = None,
    to_date: ToDate = None,
    as_json: options.AsJson = False,
) -> None:
    """Show how many of your assets were in each year, month or day, as the calendar where they were has it."""
    from emo.assets.v1.assets_pb2 import GetTimelineRequest, TimelineUnit  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.labels.texts import print_timeline  # noqa: PLC0415 - see app

    request = GetTimelineRequest(
        unit=TimelineUnit.Value(f"TIMELINE_UNIT_{unit.name}"),
        first=from_date or "",
        last=to_date or "",
        page_size=MAX_PAGE,
    )
    print_timeline(await remote.client.assets.timeline(request), as_json=as_json)
