"""The names of labels, and the queries on labels and on time, on SQLite.

How many assets have a label, or were on a day, is among the counted facets. A label that an owner has is once more in
`asset_labels`, under its folded name; it goes with its count.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

from emo_grpc.assets.adapters.queries.label_page import (
    count_place,
    name_range,
    page_by_count,
    page_by_name,
    period_range,
    rows_of,
    timeline_of,
)
from emo_grpc.assets.adapters.queries.listing import NO_DATE, Facet, names_of
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.service_layer.label_views import (
    LabelCount,
    LabelOrder,
    LabelQuery,
    Timeline,
    TimelineQuery,
    TimelineUnit,
)
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.statements import Row
from emo_grpc.shared.service_layer.pages import Page

_IS_LABEL: Final = " OR ".join(f"facet = '{kind}'" for kind in LabelKind)
LABELS: Final = f"""
CREATE TABLE IF NOT EXISTS asset_labels (
    owner_id BLOB NOT NULL,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (owner_id, facet, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asset_labels_by_name ON asset_labels (owner_id, facet, folded, value);
CREATE INDEX IF NOT EXISTS asset_labels_by_count ON asset_facet_counts (owner_id, facet, asset_count DESC, value)
    WHERE {_IS_LABEL};
DROP INDEX IF EXISTS asset_tags_by_count;
CREATE TRIGGER IF NOT EXISTS asset_label_unused AFTER DELETE ON asset_facet_counts BEGIN
    DELETE FROM asset_labels WHERE owner_id = OLD.owner_id AND facet = OLD.facet AND value = OLD.value;
END;
"""  # noqa: S608 - our own names

_NAME: Final = "INSERT OR IGNORE INTO asset_labels (owner_id, facet, value, folded) VALUES (?, ?, ?, ?)"
BY_NAME: Final = """
    SELECT l.folded, l.value, c.asset_count FROM asset_labels AS l INDEXED BY asset_labels_by_name
    CROSS JOIN asset_facet_counts AS c ON c.owner_id = l.owner_id AND c.facet = l.facet AND c.value = l.value
    WHERE l.owner_id = ? AND l.facet = ? AND (l.folded, l.value) > (?, ?) AND l.folded < ?
    ORDER BY l.folded, l.value LIMIT ?
"""
_COUNTED: Final = "SELECT value, asset_count FROM asset_facet_counts INDEXED BY asset_labels_by_count"
# The facet is written out, so that SQLite sees that the rows are in the index.
BY_COUNT: Final = {
    kind: f"{_COUNTED} WHERE owner_id = ? AND facet = '{kind}' AND {{place}} ORDER BY asset_count DESC, value LIMIT ?"
    for kind in LabelKind
}
AS_MANY: Final = "asset_count = ? AND value > ?"
FEWER: Final = "asset_count < ?"
ALL: Final = "TRUE"
PERIODS: Final = """
    SELECT value, asset_count FROM asset_facet_counts
    WHERE owner_id = ? AND facet = ? AND value >= ? AND value < ? ORDER BY value {direction} LIMIT ?
"""
LABEL_COUNT: Final = "SELECT asset_count FROM asset_facet_counts WHERE owner_id = ? AND facet = ? AND value = ?"


def name_labels(connection: sqlite3.Connection, owners: Iterable[bytes], facets: Iterable[Facet]) -> None:
    """Let owners find the labels among these facets by their names."""
    names = names_of(facets)
    connection.executemany(_NAME, [(owner, *name) for owner in owners for name in names])


class SqliteLabelViews:
    """These queries; each reads one snapshot."""

    _database: SqliteDatabase

    async def labels(self, query: LabelQuery) -> Page[LabelCount]:
        """A page, of one range of an index."""
        read = _page_by_name if query.order is LabelOrder.NAME else _page_by_count
        return await self._database.read(lambda connection: read(connection, query))

    async def timeline(self, query: TimelineQuery) -> Timeline:
        """A page, of one range of the counts."""
        return await self._database.read(lambda connection: _timeline(connection, query))


def _page_by_name(connection: sqlite3.Connection, query: LabelQuery) -> Page[LabelCount]:
    values = (query.owner_id.value.bytes, query.kind, *name_range(query), query.limit + 1)
    return page_by_name(connection.execute(BY_NAME, values).fetchall(), query.limit)


def _page_by_count(connection: sqlite3.Connection, query: LabelQuery) -> Page[LabelCount]:
    place, wanted = count_place(query), rows_of(query)
    if place is None:
        return page_by_count(_rows(connection, query, ALL, (), wanted), query)
    rows = _rows(connection, query, AS_MANY, place, wanted)
    rows += _rows(connection, query, FEWER, place[:1], wanted - len(rows))
    return page_by_count(rows, query)


def _rows(
    connection: sqlite3.Connection, query: LabelQuery, place: str, values: tuple[int | str, ...], limit: int
) -> list[Row]:
    sql = BY_COUNT[query.kind].format(place=place)
    return connection.execute(sql, (query.owner_id.value.bytes, *values, limit)).fetchall()


def _timeline(connection: sqlite3.Connection, query: TimelineQuery) -> Timeline:
    owner = query.owner_id.value.bytes
    sql = PERIODS.format(direction="DESC" if query.descending else "ASC")
    rows = connection.execute(sql, (owner, query.unit, *period_range(query), query.limit + 1)).fetchall()
    undated = connection.execute(LABEL_COUNT, (owner, TimelineUnit.YEAR, NO_DATE)).fetchone()
    return timeline_of(rows, undated[0] if undated else 0, query.limit)
