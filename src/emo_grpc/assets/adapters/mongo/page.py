"""The lists on MongoDB that go through no record in vain.

A list without filters, and one by one filter, is one range of the index of its order, whatever the order; several
content types are a merge of as many ranges. A page reads its own documents and no more, however deep it lies. All
others are tested record by record (found.py). What has no bound are extra_private assets of others, which are stepped
over.
"""

from typing import Final
from uuid import UUID

from pymongo import ASCENDING, DESCENDING

from emo_grpc.assets.adapters.mongo.listing import ALL_OWNERS, narrowed_list, place, trash_list, whole_list
from emo_grpc.assets.adapters.mongo.schema import index_of
from emo_grpc.assets.adapters.queries.listing import FacetGroup, groups_of
from emo_grpc.assets.service_layer.views import AssetQuery, SortField
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.service_layer.page_tokens import Cursor

SHOWN: Final = {"version": True, "document": True, "owner_ids": True}
"""What an asset is shown from."""


def page_find(query: AssetQuery) -> Document:
    """The arguments of `find` that give a page of a list by at most one filter, and one more if there are more."""
    order, wanted = f"order.{query.sort_field}", query.limit + 1
    return {
        "filter": _filter(query),
        "projection": SHOWN | {order: True},
        "sort": [(order, DESCENDING if query.descending else ASCENDING)],
        "hint": index_of(query.sort_field),
        "limit": wanted,
        "batch_size": wanted,
    }


def cursor_of(record: Document, query: AssetQuery) -> Cursor:
    """Where the list goes on after this document."""
    last = record["order"][query.sort_field]
    return last["at"], str(last["id"])


def _filter(query: AssetQuery) -> Document:
    owner = ALL_OWNERS if query.owner_id is None else query.owner_id
    groups = groups_of(query.filter)
    conditions = [_in_group(owner, group) for group in groups] or [{"found_by": _whole_list(owner, query)}]
    if query.after is not None:
        comparison = "$lt" if query.descending else "$gt"
        conditions.append({f"order.{query.sort_field}": {comparison: place_of(query.after)}})
    return {"$and": [*conditions, *seen_by(query), *with_key(query)]}


def seen_by(query: AssetQuery) -> list[Document]:
    """What leaves out assets that the viewer may not see."""
    if query.viewer_id is None or query.viewer_id == query.owner_id:
        return []
    return [{"$or": [{"extra_private": False}, {"owner_ids": query.viewer_id.value}]}]


def with_key(query: AssetQuery) -> list[Document]:
    """What leaves out assets that an earlier release stored and did not sort by size."""
    return [{f"order.{SortField.SIZE}": {"$gte": {}}}] if query.sort_field is SortField.SIZE else []


def _whole_list(owner: object, query: AssetQuery) -> str:
    return trash_list(owner) if query.in_trash else whole_list(owner)


def _in_group(owner: object, group: FacetGroup) -> Document:
    return {"found_by": {"$in": [narrowed_list(owner, (group.facet, value)) for value in group.values]}}


def place_of(cursor: Cursor) -> Document:
    """Where a cursor stands in its order."""
    key, asset_id = cursor
    return place(key if isinstance(key, str | int) else str(key), UUID(str(asset_id)))
