"""Lists by an expression or by several filters, on SQLite.

A page goes through the rows of one way (ways.py), in the order of the list, and tests the filter on each. It ends
when it is full, has looked at MOST_LOOKED_AT rows, or has spent MOST_SPENT on tests: so none costs more than that,
whatever is asked for. The way is one that has so few rows that all can be looked at; else, in order, the one on which
so many rows reach furthest.
"""

import sqlite3
from collections.abc import Callable
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.documents.asset import stored_asset
from emo_grpc.assets.adapters.documents.projections import asset_view, reading
from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.adapters.queries.conditions import LARGEST, NOTHING, Condition, condition_of
from emo_grpc.assets.adapters.queries.effort import Effort
from emo_grpc.assets.adapters.queries.page_builder import PageBuilder
from emo_grpc.assets.adapters.sqlite.condition_sql import condition_sql
from emo_grpc.assets.adapters.sqlite.page import list_of
from emo_grpc.assets.adapters.sqlite.sql import Sql, joined
from emo_grpc.assets.adapters.sqlite.ways import Way, ways_to, whole_way
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetQuery, AssetView
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page

MOST_SPENT: Final = 150_000_000
"""For one page, in characters that a word is looked for in: 0.3 s of a processor, at 2 ns each."""
OF_TEXT: Final = 200
"""What a test of text costs besides, in the same measure."""
OF_INDEX: Final = 1_000
"""What a look at an index costs."""

DOCUMENT: Final = "SELECT version, CAST(document AS BLOB) FROM assets WHERE asset_id = ?"
_VISIBLE: Final = """(o.extra_private = 0
    OR EXISTS (SELECT 1 FROM asset_owners AS v WHERE v.asset_id = o.asset_id AND v.owner_id = ?))"""


NOTHING_MORE: Final = "''"

Take = Callable[[Cursor, bytes, str], bool]
"""Takes an asset of a list, with its cursor and id, and what was asked for; gives whether there is room for more."""


def found_page(connection: sqlite3.Connection, query: AssetQuery) -> Page[AssetView]:
    """A page."""
    page = PageBuilder(query.limit)
    end = look(connection, query, lambda cursor, asset_id, _: page.add(cursor, _shown(connection, asset_id)))
    if end is not None:
        page.end(end)
    return page.build()


def found_ids(connection: sqlite3.Connection, query: AssetQuery) -> tuple[list[AssetId], Cursor | None]:
    """Ids of a list, one more than its limit if there are more; and where it goes on if it may."""
    found: list[AssetId] = []

    def take(_: Cursor, asset_id: bytes, __: str) -> bool:
        found.append(AssetId(UUID(bytes=asset_id)))
        return len(found) <= query.limit

    return found, look(connection, query, take)


def look(
    connection: sqlite3.Connection, query: AssetQuery, take: Take, asked_for: str = NOTHING_MORE, of_taking: int = 0
) -> Cursor | None:
    """Look at the rows of a page until one is not taken; gives the last of them if there are more beyond it.

    `asked_for`: SQL for what is taken besides, of the rows `o` and `t` of `condition_sql`; never NULL.
    `of_taking`: what it costs to take one, in tests of its text.
    """
    condition = condition_of(query.filter)
    if condition == NOTHING:
        return None
    sql = looked_at(query, condition, best_way(connection, query, condition), asked_for)
    effort, looked, spent, last = Effort.of(condition), 0, 0, None
    for key, asset_id, found, characters in connection.execute(sql.text, sql.values):
        looked, last = looked + 1, (key, str(UUID(bytes=asset_id)))
        if found is not None and not take(last, asset_id, found):
            return None
        of_text = effort.of_text + (0 if found is None else of_taking)
        spent += of_text * (OF_TEXT + characters) + effort.of_index * OF_INDEX
        if spent > MOST_SPENT:
            return last
    return last if looked == drivers.MOST_LOOKED_AT else None


def looked_at(query: AssetQuery, condition: Condition, way: Way, asked_for: str = NOTHING_MORE) -> Sql:
    """Gives (sort key, asset_id, what is asked for or NULL if it is not on the page, characters of text) of rows."""
    rows = way.ordered(query, drivers.MOST_LOOKED_AT)
    tests = [condition_sql(condition)]
    if query.viewer_id is not None and query.viewer_id != query.owner_id:
        tests.append(Sql(_VISIBLE, (query.viewer_id.value.bytes,)))
    test = joined("AND", tests, "1")
    size = "ifnull(length(t.terms), 0)" if Effort.of(condition).of_text else "0"
    found = f"CASE WHEN {test.text} THEN {asked_for} END"
    return Sql(
        f"SELECT p.key, p.asset_id, {found}, {size} FROM ({rows.text}) AS p"  # noqa: S608 - our own SQL
        " CROSS JOIN asset_owners AS o ON o.asset_id = p.asset_id AND o.owner_id = ?"
        " LEFT JOIN asset_terms AS t ON t.asset_id = p.asset_id",
        (*test.values, *rows.values, list_of(query)),
    )


def best_way(connection: sqlite3.Connection, query: AssetQuery, condition: Condition) -> Way:
    """The one to go through."""
    ways = ways_to(connection, query, condition)
    counts = [_count(connection, way) for way in ways]
    if ways and min(counts) <= drivers.MOST_LOOKED_AT:
        return ways[counts.index(min(counts))]
    ordered = [way for way in ways if way.is_ordered] or [whole_way(query, condition)]
    if len(ordered) == 1:
        return ordered[0]
    reaches = [_reach(connection, query, way) for way in ordered]
    return ordered[reaches.index(min(reaches) if query.descending else max(reaches))]


def _reach(connection: sqlite3.Connection, query: AssetQuery, way: Way) -> tuple[int, bytes]:
    """Where a page on this way ends if it looks at all rows that it may."""
    sql = way.ordered(query, 1, drivers.MOST_LOOKED_AT - 1)
    place: tuple[int, bytes] | None = connection.execute(sql.text, sql.values).fetchone()
    # An asset in several postings was counted as many times.
    return place or ((-LARGEST, b"") if query.descending else (LARGEST, b""))


def _count(connection: sqlite3.Connection, way: Way) -> int:
    sql = way.counted(drivers.MOST_LOOKED_AT + 1)
    count: int = connection.execute(sql.text, sql.values).fetchone()[0]
    return count


def _shown(connection: sqlite3.Connection, asset_id: bytes) -> AssetView | AssetId:
    version, document = connection.execute(DOCUMENT, (asset_id,)).fetchone()
    return shown(asset_id, version, document)


def shown(asset_id: bytes, version: int, document: bytes) -> AssetView | AssetId:
    """The asset of a row; its id if the document can't be read."""
    found = AssetId(UUID(bytes=asset_id))
    try:
        with reading(found):
            return asset_view(stored_asset(document), version)
    except AssetRecordCorrupt:
        return found
