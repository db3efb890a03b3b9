"""The queries on labels and on time, over every engine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from emo_grpc.assets.adapters.queries.label_page import MAX_LOOKED_AT
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.event_date import DatePrecision, first_moment
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.service_layer.label_views import LabelOrder, LabelQuery, Timeline, TimelineQuery, TimelineUnit
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .samples import ANN, BOB, NOW, an_asset

TAGS = ("álbum", "Album", "zoo", "Ñu", "straße", "STRASSE", "été", "日記", "a b")
BY_NAME = ["a b", "Album", "álbum", "été", "Ñu", "STRASSE", "straße", "zoo", "日記"]


def labelled(*labels: Sequence[str], owner_id: UserId = ANN) -> list[Asset]:
    """An asset for each, with these tags, people, and the first of them as its location."""
    return [
        an_asset(
            Description(title="t", tags=tuple(each), people=tuple(each), location=each[0] if each else ""),
            owner_id=owner_id,
        )
        for each in labels
    ]


def dated(date: str, precision: DatePrecision = DatePrecision.DAY, zone: str = "") -> Asset:
    """An asset of that moment in UTC."""
    moment = first_moment(datetime.fromisoformat(date).replace(tzinfo=UTC), precision, zone)
    return an_asset(Description(title="t", event_date=moment, event_precision=precision, event_zone=zone))


async def all_labels(engine: Engine, query: LabelQuery) -> list[tuple[str, int]]:
    """What all pages hold."""
    found = []
    while True:
        page = await engine.views.labels(query)
        assert len(page.items) <= query.limit
        found += [(each.label, each.count) for each in page.items]
        if page.cursor is None:
            return found
        query = replace(query, after=page.cursor)


async def whole(engine: Engine, query: TimelineQuery) -> tuple[list[tuple[str, int]], int]:
    """What all pages hold, and how many assets have no date."""
    found = []
    while True:
        page: Timeline = await engine.views.timeline(query)
        assert len(page.periods) <= query.limit
        found += [(each.name, each.count) for each in page.periods]
        if page.cursor is None:
            return found, page.undated_count
        query = replace(query, after=page.cursor)


@pytest.mark.parametrize("kind", LabelKind)
@pytest.mark.parametrize("limit", [1, 2, 9, 10])
async def test_labels_by_name(engine: Engine, kind: LabelKind, limit: int) -> None:
    """Without regard to case and accents, on pages of any size; each with how many assets of this owner have it."""
    await engine.save(*labelled(*([tag] for tag in TAGS), ["zoo"]), *labelled(["zoo"], ["other"], owner_id=BOB))
    found = await all_labels(engine, LabelQuery(ANN, kind, limit))
    assert found == [(name, 2 if name == "zoo" else 1) for name in BY_NAME]


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
async def test_labels_by_count(engine: Engine, limit: int) -> None:
    """The most used first; those of as many assets by their names."""
    await engine.save(*labelled(["c", "b"], ["c", "a"], ["c", "d", "b"], ["c"]))
    found = await all_labels(engine, LabelQuery(ANN, LabelKind.PERSON, limit, LabelOrder.COUNT))
    assert found == [("c", 4), ("b", 2), ("a", 1), ("d", 1)]


@pytest.mark.parametrize("order", LabelOrder)
@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("al", {"Album", "álbum"}),
        ("ÁLB", {"Album", "álbum"}),
        ("ñ", {"Ñu"}),
        ("stras", {"straße", "STRASSE"}),
        ("straß", {"straße", "STRASSE"}),
        ("日", {"日記"}),
        ("lbum", set()),
        ("a ", {"a b"}),
    ],
)
async def test_labels_with_a_prefix(engine: Engine, order: LabelOrder, prefix: str, expected: set[str]) -> None:
    """Those that begin so, in the ways in which people type it."""
    await engine.save(*labelled(TAGS))
    found = await all_labels(engine, LabelQuery(ANN, LabelKind.TAG, 1, order, prefix))
    assert {name for name, _ in found} == expected
    assert len(found) == len(expected)


async def test_a_page_by_count_looks_at_a_bounded_number(engine: Engine) -> None:
    """A prefix that few labels have makes short pages, and those that have it are found in the end."""
    names = [f"n{number:04}" for number in range(MAX_LOOKED_AT)]
    rare = labelled(["zz"])
    await engine.save(*labelled(*(names[at : at + 50] for at in range(0, len(names), 50))), *rare)
    query = LabelQuery(ANN, LabelKind.TAG, 10, LabelOrder.COUNT, "zz")
    first = await engine.views.labels(query)
    assert (first.items, first.cursor) == ([], (1, names[-1]))
    assert await all_labels(engine, query) == [("zz", 1)]


async def test_labels_follow_their_assets(engine: Engine) -> None:
    """What no asset has any more is gone, also by name; what is shared is counted for each owner."""
    first, second = labelled(["a", "b"], ["b"])
    second.owner_ids = (ANN, BOB)
    await engine.save(first, second)
    first.describe(replace(first.description, tags=("c", "b")), first.file, now=NOW)
    await engine.save(first)
    for order in LabelOrder:
        ann, bob = LabelQuery(ANN, LabelKind.TAG, 9, order), LabelQuery(BOB, LabelKind.TAG, 9, order)
        assert sorted(await all_labels(engine, ann)) == [("b", 2), ("c", 1)]
        assert await all_labels(engine, bob) == [("b", 1)]
    await engine.remove(first, second)
    for kind in LabelKind:
        assert await all_labels(engine, LabelQuery(ANN, kind, 9)) == []


SOME_DATES = [
    dated("1994-05-06"),
    dated("1994-05-06T23:59"),
    dated("1994-05-06T12:00", DatePrecision.SECOND, "+14:00"),
    dated("1994-12-31T23:30", DatePrecision.DAY, "Europe/Madrid"),
    dated("1994-07-01", DatePrecision.YEAR),
    dated("1995-02-03", DatePrecision.MONTH),
    dated("0044-03-15"),
]
TIMES = {
    TimelineUnit.YEAR: [("0044", 1), ("1994", 4), ("1995", 2)],
    TimelineUnit.MONTH: [("0044-03", 1), ("1994", 1), ("1994-05", 3), ("1995-01", 1), ("1995-02", 1)],
    TimelineUnit.DAY: [
        ("0044-03-15", 1),
        ("1994", 1),
        ("1994-05-06", 2),
        ("1994-05-07", 1),
        ("1995-01-01", 1),
        ("1995-02", 1),
    ],
}


def some_dates() -> list[Asset]:
    """Assets of these dates."""
    return [an_asset(asset.description) for asset in SOME_DATES]


@pytest.mark.parametrize("unit", TimelineUnit)
@pytest.mark.parametrize("limit", [1, 3, 9])
async def test_a_timeline(engine: Engine, unit: TimelineUnit, limit: int) -> None:
    """Each asset once, in the calendar of its own zone, as far as its date is known; those without one apart."""
    others = dated("1994-05-06")
    others.owner_ids = (BOB,)
    await engine.save(*some_dates(), an_asset(), an_asset(), others)
    assert await whole(engine, TimelineQuery(ANN, unit, limit)) == (TIMES[unit], 2)
    backwards = await whole(engine, TimelineQuery(ANN, unit, limit, descending=True))
    assert backwards == (TIMES[unit][::-1], 2)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("1994", "1994", ["1994", "1994-05-06", "1994-05-07"]),
        ("1994-05", "1995-01", ["1994-05-06", "1994-05-07", "1995-01-01"]),
        ("1994-05-07", "", ["1994-05-07", "1995-01-01", "1995-02"]),
        ("", "1994-05-06", ["0044-03-15", "1994", "1994-05-06"]),
        ("1996", "", []),
        ("1995", "1994", []),
    ],
)
@pytest.mark.parametrize("descending", [False, True])
async def test_a_part_of_a_timeline(
    engine: Engine, first: str, last: str, expected: list[str], descending: bool
) -> None:
    """What begins between two periods, with all of the last one."""
    await engine.save(*some_dates())
    found, _ = await whole(engine, TimelineQuery(ANN, TimelineUnit.DAY, 2, first, last, descending=descending))
    assert [name for name, _ in found] == (expected[::-1] if descending else expected)


async def test_a_timeline_follows_its_assets(engine: Engine) -> None:
    """An asset counts where its date is now, and nowhere when it is gone."""
    asset = dated("1994-05-06")
    await engine.save(asset)
    asset.describe(replace(asset.description, event_precision=DatePrecision.YEAR), asset.file, now=NOW)
    await engine.save(asset)
    assert await whole(engine, TimelineQuery(ANN, TimelineUnit.DAY, 9)) == ([("1994", 1)], 0)
    asset.describe(Description(title="t"), asset.file, now=NOW)
    await engine.save(asset)
    assert await whole(engine, TimelineQuery(ANN, TimelineUnit.YEAR, 9)) == ([], 1)
    await engine.remove(asset)
    assert await whole(engine, TimelineQuery(ANN, TimelineUnit.YEAR, 9)) == ([], 0)
