"""The SQL of list queries.

A list without filters is one range of the index of its order. With filters it begins with the group of facets that
fewest assets have, as counted: each further group is one point read an asset. In the order of create_time the facets
themselves are in order, so a list by one filter is a range as well (or a merge of ranges, for several content types).
In other orders the few assets of a rare group are gathered and sorted; those of a common group are met often enough on
the way through the order. The two cost the same when count² = limit x all, which bounds a list by one filter to about
√(limit x all) steps: 10,000 for a page of 100 out of a million. What has no bound but the rarest group's count is two
common groups that hardly any asset is in at once, and extra_private assets of others, which are stepped over.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.documents.listing import FacetGroup
from emo_grpc.assets.adapters.sqlite.schema import ALL_OWNERS
from emo_grpc.assets.adapters.sqlite.sql import Sql, Value
from emo_grpc.assets.adapters.sqlite.trash import TRASH
from emo_grpc.assets.service_layer.views import AssetQuery, SortField

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


def page_sql(query: AssetQuery, groups: Sequence[FacetGroup], rarest: int, total: int) -> Sql:
    """Gives rows (sort key, asset_id, version, document), one more than the limit if there are more.

    `groups` begin with the one that fewest assets have: `rarest`, out of `total`.
    """
    keys = _keys(query, groups, rarest, total)
    return Sql(
        "SELECT p.key, p.asset_id, a.version, CAST(a.document AS BLOB)"  # noqa: S608 - our own SQL
        f" FROM ({keys.text}) AS p CROSS JOIN assets AS a ON a.asset_id = p.asset_id",
        keys.values,
    )


def ids_sql(query: AssetQuery, groups: Sequence[FacetGroup], rarest: int, total: int) -> Sql:
    """As `page_sql`, with rows (asset_id)."""
    keys = _keys(query, groups, rarest, total)
    return Sql(f"SELECT asset_id FROM ({keys.text})", keys.values)  # noqa: S608 - our own SQL


def _keys(query: AssetQuery, groups: Sequence[FacetGroup], rarest: int, total: int) -> Sql:
    if not groups:
        return _ordered(query, [_walk(query, groups)])
    if query.sort_field is SortField.CREATE_TIME:
        first = groups[0]
        alone = [replace(first, values=(value,)) for value in first.values]
        return _ordered(query, [_range(query, value, groups[1:]) for value in alone])
    if rarest * rarest <= query.limit * total:
        return _ordered(query, [_gather(query, groups)])
    return _ordered(query, [_walk(query, groups)])


def _walk(query: AssetQuery, groups: Sequence[FacetGroup]) -> Sql:
    column = _COLUMNS[query.sort_field]
    return _select(
        query,
        f"d.{column}",
        f"asset_owners AS d INDEXED BY asset_owners_by_{column}",
        [Sql("d.owner_id = ?", (list_of(query),)), *map(_has, groups)],
    )


def _range(query: AssetQuery, first: FacetGroup, others: Sequence[FacetGroup]) -> Sql:
    return _select(query, "d.create_time", "asset_facets AS d", [_in_group(query, first), *map(_has, others)])


def _gather(query: AssetQuery, groups: Sequence[FacetGroup]) -> Sql:
    return _select(
        query,
        f"o.{_COLUMNS[query.sort_field]}",
        "asset_facets AS d CROSS JOIN asset_owners AS o ON o.asset_id = d.asset_id AND o.owner_id = d.owner_id",
        [_in_group(query, groups[0]), *map(_has, groups[1:])],
    )


def _in_group(query: AssetQuery, group: FacetGroup) -> Sql:
    marks = ", ".join("?" * len(group.values))
    return Sql(f"d.owner_id = ? AND d.facet = ? AND d.value IN ({marks})", (list_of(query), group.facet, *group.values))


def _has(group: FacetGroup) -> Sql:
    marks = ", ".join("?" * len(group.values))
    return Sql(
        "EXISTS (SELECT 1 FROM asset_facets AS f WHERE f.owner_id = d.owner_id AND f.facet = ?"  # noqa: S608 - our own SQL
        f" AND f.value IN ({marks}) AND f.create_time = d.create_time AND f.asset_id = d.asset_id)",
        (group.facet, *group.values),
    )


def _select(query: AssetQuery, key: str, source: str, conditions: Sequence[Sql]) -> Sql:
    asked = list(conditions)
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
