"""The ways to the assets of a list that is tested row by row, on SQLite.

Each gives rows (key, asset_id) of one owner's assets, or of everybody's: those after the cursor, within the range that
the expression sets to the key, if it does.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.queries.conditions import Condition, KeyIn
from emo_grpc.assets.adapters.queries.drivers import (
    MOST_POSTINGS,
    Driver,
    Posting,
    drivers_of,
    key_range_of,
    other_ranges_of,
)
from emo_grpc.assets.adapters.sqlite.condition_sql import COLUMN_OF, key_in
from emo_grpc.assets.adapters.sqlite.page import list_of
from emo_grpc.assets.adapters.sqlite.schema import ALL_OWNERS
from emo_grpc.assets.adapters.sqlite.sql import Sql, joined
from emo_grpc.assets.service_layer.views import AssetQuery, SortField

_WORDS_OF_PREFIX: Final = """
WITH RECURSIVE found (word) AS (
    SELECT min(word) FROM asset_words WHERE owner_id = ?1 AND word >= ?2 AND word < ?3
    UNION ALL
    SELECT (SELECT min(word) FROM asset_words WHERE owner_id = ?1 AND word > found.word AND word < ?3)
    FROM found WHERE found.word IS NOT NULL
)
SELECT word FROM found WHERE word IS NOT NULL LIMIT ?4
"""
"""One step in the index for each."""


@dataclass(frozen=True, slots=True)
class Way:
    """`arms` give the rows, in the order of the list by itself if `is_ordered`; `rows` are what is counted of it."""

    arms: tuple[Sql, ...]
    rows: tuple[Sql, ...]
    is_ordered: bool

    def counted(self, most: int) -> Sql:
        """How many rows it has, at most so many of each arm."""
        counts = [f"(SELECT count(*) FROM (SELECT 1 {rows.text} LIMIT ?) AS c)" for rows in self.rows]  # noqa: S608 - our own SQL
        return Sql(f"SELECT {' + '.join(counts)}", tuple(value for rows in self.rows for value in (*rows.values, most)))

    def ordered(self, query: AssetQuery, limit: int, offset: int = 0) -> Sql:
        """Its rows in the order of the list."""
        direction = "DESC" if query.descending else "ASC"
        text = " UNION ".join(arm.text for arm in self.arms)
        values = tuple(value for arm in self.arms for value in arm.values)
        order = f"ORDER BY key {direction}, asset_id {direction} LIMIT ? OFFSET ?"
        return Sql(f"{text} {order}", (*values, limit, offset))


def ways_to(connection: sqlite3.Connection, query: AssetQuery, condition: Condition) -> list[Way]:
    """Those that need not lead past all assets of the list."""
    found = [
        _by_postings(connection, query, driver, key_range_of(query, condition))
        for driver in drivers_of(condition)
        if list_of(query) != ALL_OWNERS or all(posting.facet is not None for posting in driver)
    ]
    return found + [_by_range(query, key_range) for key_range in other_ranges_of(query, condition)]


def whole_way(query: AssetQuery, condition: Condition) -> Way:
    """Past all assets of the list, in its order."""
    column = query.sort_field.value
    source = f"FROM asset_owners AS d INDEXED BY asset_owners_by_{column}"
    rows = _where(source, [_owner(query), *_bounds(query, f"d.{column}", key_range_of(query, condition))])
    return Way((_keys(f"d.{column}", rows),), (rows,), is_ordered=True)


def _by_postings(connection: sqlite3.Connection, query: AssetQuery, driver: Driver, key_range: KeyIn | None) -> Way:
    if query.sort_field is not SortField.CREATE_TIME:
        return _gathered(query, driver)
    exact = [each for posting in driver for each in _exact(connection, query, posting)]
    if not 0 < len(exact) <= MOST_POSTINGS:
        return _gathered(query, driver)
    bounds = [_owner(query), *_bounds(query, "d.create_time", key_range)]
    rows = tuple(_where(_source(posting), [*bounds, _among(posting)]) for posting in exact)
    return Way(tuple(_keys("d.create_time", each) for each in rows), rows, is_ordered=True)


def _exact(connection: sqlite3.Connection, query: AssetQuery, posting: Posting) -> list[Posting]:
    """The words that a prefix stands for, one more than are merged if there are more."""
    if not posting.is_prefix:
        return [posting]
    values = (list_of(query), *posting.ends, MOST_POSTINGS + 1)
    return [Posting(None, word) for (word,) in connection.execute(_WORDS_OF_PREFIX, values)]


def _gathered(query: AssetQuery, driver: Driver) -> Way:
    rows = tuple(_where(_source(posting), [_owner(query), _among(posting)]) for posting in driver)
    return Way(tuple(_sorted_keys(query, each) for each in rows), rows, is_ordered=False)


def _by_range(query: AssetQuery, key_range: KeyIn) -> Way:
    column = COLUMN_OF[key_range.field]
    source = f"FROM asset_owners AS d INDEXED BY asset_owners_by_{column}"
    rows = _where(source, [_owner(query), key_in(f"d.{column}", key_range.low, key_range.high)])
    return Way((_sorted_keys(query, rows),), (rows,), is_ordered=False)


def _sorted_keys(query: AssetQuery, rows: Sql) -> Sql:
    """With the keys of the order, which another index has."""
    after = _bounds(query, f"s.{query.sort_field}", None)
    among = f"SELECT d.owner_id, d.asset_id {rows.text}"
    source = f"FROM ({among}) AS g CROSS JOIN asset_owners AS s ON s.asset_id = g.asset_id AND s.owner_id = g.owner_id"
    sorted_rows = _where(source, after)
    keys = f"SELECT DISTINCT s.{query.sort_field} AS key, s.asset_id AS asset_id"
    return Sql(f"{keys} {sorted_rows.text}", rows.values + sorted_rows.values)


def _source(posting: Posting) -> str:
    return f"FROM {'asset_words' if posting.facet is None else 'asset_facets'} AS d"


def _owner(query: AssetQuery) -> Sql:
    return Sql("d.owner_id = ?", (list_of(query),))


def _among(posting: Posting) -> Sql:
    if posting.facet is not None:
        return Sql("d.facet = ? AND d.value = ?", (posting.facet, posting.value))
    if posting.is_prefix:
        return Sql("d.word >= ? AND d.word < ?", posting.ends)
    return Sql("d.word = ?", (posting.value,))


def _bounds(query: AssetQuery, key: str, key_range: KeyIn | None) -> list[Sql]:
    """Beyond the cursor, and in a range of the key."""
    found = [] if key_range is None else [key_in(key, key_range.low, key_range.high)]
    asset_id = f"{key.partition('.')[0]}.asset_id"
    if query.after is not None:
        last_key, last_id = query.after
        last = (last_key if isinstance(last_key, int) else str(last_key), UUID(str(last_id)).bytes)
        found.append(Sql(f"({key}, {asset_id}) {'<' if query.descending else '>'} (?, ?)", last))
    return found


def _where(source: str, conditions: Iterable[Sql]) -> Sql:
    every = joined("AND", list(conditions), "1")
    return Sql(f"{source} WHERE {every.text}", every.values)


def _keys(key: str, rows: Sql) -> Sql:
    return Sql(f"SELECT {key} AS key, d.asset_id AS asset_id {rows.text}", rows.values)
