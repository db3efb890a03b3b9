"""The collections of this context on MongoDB.

`assets` has one document for each asset: what `documents.py` makes of it, and beside that what it is found by. Its
`found_by` are the lists that the asset is in: of each owner and of all owners, whole and narrowed by each facet.
`order` has for each sort key a (key, asset id), so that a place in a list is one value. Then any list by at most one
filter, in any order, is one range of one index, and its pages cost the same however deep (page.py). An asset with three
tags has 80 entries of indexes for that, 5 KB that take half a millisecond to store: lists are read far more often than
assets are made, and next to the file of an asset it is nothing.

`words` are the words that each owner finds it by, in one more index; `terms` tell which fields have them (see
queries/terms.py), and have none, for they are tested on what another index leads to (found.py).

`asset_tags`, `asset_people`, `asset_places` and `asset_periods` count the assets of each owner by these. `folded` is
the name that a label is looked up by; tags of which no asset was saved since there is one lack it.

What is in the trash has other lists in their place, those of the trash, and `purge_time`, when it is destroyed.

Ids are UUIDs, times are microseconds since 1970 (UTC) because BSON's own have milliseconds, sizes are plaintext bytes.

What is removed is gone from the collections at once. The server's own oplog still has it, wrapped keys too, until it
rolls over; so do backups. A key-encryption key that was replaced and destroyed makes these worthless.
"""

from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from emo_grpc.assets.service_layer.views import SortField

ASSETS: Final = "assets"
UPLOADS: Final = "uploads"
RECEIPTS: Final = "upload_receipts"
USAGE: Final = "asset_usage"
TAGS: Final = "asset_tags"
FOLDERS: Final = "asset_folders"
FOLDER_MOVES: Final = "folder_moves"
PEOPLE: Final = "asset_people"
PLACES: Final = "asset_places"
PERIODS: Final = "asset_periods"
INSTALLATION: Final = "installation"
BY_WORD: Final = "by_word"


def index_of(field: SortField) -> str:
    """The name of the index of an order."""
    return f"by_{field}"


def _index(name: str, *, sparse: bool = False) -> IndexModel:
    return IndexModel([(name, ASCENDING)], sparse=sparse)


def _label_indexes(key: str) -> list[IndexModel]:
    """Of counters of labels: by count, and by name."""
    owner, label = ("_id.owner_id", ASCENDING), (f"_id.{key}", ASCENDING)
    return [
        IndexModel([owner, ("asset_count", DESCENDING), label]),
        IndexModel([owner, ("folded", ASCENDING), label]),
    ]


_ORDERS: Final = [
    IndexModel([("found_by", ASCENDING), (f"order.{field}", ASCENDING)], name=index_of(field)) for field in SortField
]

INDEXES: Final = {
    ASSETS: [
        *_ORDERS,
        IndexModel([("words", ASCENDING), (f"order.{SortField.CREATE_TIME}", ASCENDING)], name=BY_WORD),
        _index("blob_key", sparse=True),
        _index("kek_id", sparse=True),
        _index("purge_time", sparse=True),
        _index("document.schema_version"),
    ],
    UPLOADS: [_index("expire_time"), _index("blob_key"), _index("kek_id"), _index("document.schema_version")],
    RECEIPTS: [],
    USAGE: [],
    TAGS: _label_indexes("tag"),
    PEOPLE: _label_indexes("person"),
    PLACES: _label_indexes("location"),
    PERIODS: [IndexModel([("_id.owner_id", ASCENDING), ("_id.unit", ASCENDING), ("_id.period", ASCENDING)])],
    FOLDERS: [],
    FOLDER_MOVES: [],
    INSTALLATION: [],
}
"""For each collection the indexes that it has besides that of `_id`."""
