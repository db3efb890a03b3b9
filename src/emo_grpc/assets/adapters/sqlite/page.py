"""The SQL of lists that go through no row in vain.

A list without filters is one range of the index of its order. In the order of create_time the facets themselves are in
order, so a list by one filter is a range as well (or a merge of ranges, for several content types). In other orders the
assets of a rare group are gathered and sorted. All others are tested row by row (found.py): by several filters, and
those of a common group in another order, which are met often enough on the way through it. To gather and to meet them
cost the same when count² = limit x all, which bounds the former to √(limit x all) rows: 10,000 for a page of 100 out of
a million. What has no bound are extra_private assets of others, which are stepped over.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.queries.drivers import is_tested
from emo_grpc.assets.adapters.queries.listing import FacetGroup, groups_of
from emo_grpc.assets.adapters.sqlite.schema import ALL_OWNERS
from emo_grpc.assets.adapters.sqlite.sql import Sql, Value
from emo_grpc.assets.adapters.sqlite.trash import TRASH
from emo_grpc.assets.service_layer.views import AssetQuery, SortField

GROUP_COUNT: Final = """
    SELECT coalesce(sum(asset_count), 0) FROM asset_facet_counts
    WHERE owner_id = ? AND facet = ? AND value IN ({marks})
"""
TOTAL: Final = "SELECT coalesce(sum(asset_count), 0) FROM asset_usage WHERE owner_id = ?"
_COLUMNS: Final = {field: field.value for field in SortField}
_VISIBLE: Final = """
    (EXISTS (SELECT 1 FROM asset_owners AS v
             WHERE v.asset_id = d.asset_id AND v.owner_id = d.owner_id AND v.extra_private = 0)
     OR EXISTS (SELECT 1 FROM asset_owners AS v WHERE v.asset_id = d.asset_id AND v.owner_id = ?))
"""


def list_of(query: AssetQuery) -> bytes:
    """The owner_id of the rows that this list goes through."""
    owner = ALL_OWNERS if query.owner_id is None else query.owner_id.value.bytes
    return TRASH + owner if query.in_trash else owner


def is_straight(connection: sqlite3.Connection, query: AssetQuery) -> bool:
    """Whether `page_sql` and `ids_sql` can give this list; all others are found.py's."""
    if is_tested(query.filter):
        return False
    groups = groups_of(query.filter)
    if not groups or query.sort_field is SortField.CREATE_TIME:
        return True
    count = _count(connection, query, groups[0])
    total: int = connection.execute(TOTAL, (list_of(query),)).fetchone()[0]
    return count * count <= query.limit * total


def page_sql(query: AssetQuery) -> Sql:
    """Gives rows (sort key, asset_id, version, document), one more than the limit if there are more."""
    keys = _keys(query)
    return Sql(
        "SELECT p.key, p.asset_id, a.version, CAST(a.document AS BLOB)"  # noqa: S608 - our own SQL
        f" FROM ({keys.text}) AS p CROSS JOIN assets AS a ON a.asset_id = p.asset_id",
        keys.values,
    )


def ids_sql(query: AssetQuery) -> Sql:
    """As `page_sql`, with rows (asset_id)."""
    keys = _keys(query)
    return Sql(f"SELECT asset_id FROM ({keys.text})", keys.values)  # noqa: S608 - our own SQL


def _keys(query: AssetQuery) -> Sql:
    groups = groups_of(query.filter)
    if not groups:
        return _ordered(query, [_whole(query)])
    (group,) = groups
    if query.sort_field is SortField.CREATE_TIME:
        return _ordered(query, [_range(query, replace(group, values=(value,))) for value in group.values])
    return _ordered(query, [_gather(query, group)])


def _whole(query: AssetQuery) -> Sql:
    column = _COLUMNS[query.sort_field]
    source = f"asset_owners AS d INDEXED BY asset_owners_by_{column}"
    return _select(query, f"d.{column}", source, Sql("d.owner_id = ?", (list_of(query),)))


def _range(query: AssetQuery, group: FacetGroup) -> Sql:
    return _select(query, "d.create_time", "asset_facets AS d", _in_group(query, group))


def _gather(query: AssetQuery, group: FacetGroup) -> Sql:
    return _select(
        query,
        f"o.{_COLUMNS[query.sort_field]}",
        "asset_facets AS d CROSS JOIN asset_owners AS o ON o.asset_id = d.asset_id AND o.owner_id = d.owner_id",
        _in_group(query, group),
    )


def _count(connection: sqlite3.Connection, query: AssetQuery, group: FacetGroup) -> int:
    sql = GROUP_COUNT.format(marks=_marks(group))
    count: int = connection.execute(sql, (list_of(query), group.facet, *group.values)).fetchone()[0]
    return count


def _in_group(query: AssetQuery, group: FacetGroup) -> Sql:
    return Sql(
        f"d.owner_id = ? AND d.facet = ? AND d.value IN ({_marks(group)})",
        (list_of(query), group.facet, *group.values),
    )


def _marks(group: FacetGroup) -> str:
    return ", ".join("?" * len(group.values))


def _select(query: AssetQuery, key: str, source: str, among: Sql) -> Sql:
    asked = [among]
    if query.after is not None:
        last_key, last_id = query.after
        sign = "<" if query.descending else ">"
        asked.append(Sql(f"({key}, d.asset_id) {sign} (?, ?)", (_key(last_key), UUID(str(last_id)).bytes)))
    if query.viewer_id is not None and query.viewer_id != query.owner_id:
        asked.append(Sql(_VISIBLE, (query.viewer_id.value.bytes,)))
    where = " AND ".join(condition.text for condition in asked)
    values = tuple(value for condition in asked for value in condition.values)
    return Sql(f"SELECT {key} AS key, d.asset_id AS asset_id FROM {source} WHERE {where}", values)  # noqa: S608 - as above


def _ordered(query: AssetQuery, arms: Sequence[Sql]) -> Sql:
    direction = "DESC" if query.descending else "ASC"
    text = " UNION ALL ".join(arm.text for arm in arms)
    values = tuple(value for arm in arms for value in arm.values)
    return Sql(f"{text} ORDER BY key {direction}, asset_id {direction} LIMIT ?", (*values, query.limit + 1))


def _key(value: str | int | float | None) -> Value:
    return value if isinstance(value, str | int) else str(value)
