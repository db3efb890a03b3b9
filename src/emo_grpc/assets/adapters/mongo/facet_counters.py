"""How many assets of an owner have a label, or were in a period, on MongoDB.

Earlier releases counted tags alone. The record of an asset says what it was counted by: its labels are in `found_by`,
and its day is beside that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from pymongo import DeleteMany, DeleteOne, ReplaceOne, UpdateOne

from emo_grpc.assets.adapters.mongo.schema import PEOPLE, PERIODS, PLACES, TAGS
from emo_grpc.assets.adapters.queries.folding import folded
from emo_grpc.assets.adapters.queries.listing import COUNTED_ONLY, LABELS, Facet
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.domain.ids import UserId

Write = UpdateOne | ReplaceOne[Document] | DeleteOne | DeleteMany
KNOWN_DATE: Final = "known_date"
ASSET_COUNT: Final = "asset_count"
REMOVED_AT_ONCE: Final = 100
FOLDED: Final = "folded"
COLLECTIONS: Final = {LabelKind.TAG: TAGS, LabelKind.PERSON: PEOPLE, LabelKind.LOCATION: PLACES}


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The facets by which an asset is counted. `named`: the folded names of its labels are stored as well."""

    facets: frozenset[Facet]
    named: bool


NO_FACETS: Final = FacetCounts(frozenset(), named=True)


def facet_counts(facets: Iterable[Facet], *, counts_only_tags: bool) -> FacetCounts:
    """Those of an asset with these facets."""
    counted = {LabelKind.TAG} if counts_only_tags else LABELS | COUNTED_ONLY
    return FacetCounts(frozenset(each for each in facets if each[0] in counted), named=not counts_only_tags)


@dataclass(frozen=True, slots=True)
class FacetWrites:
    """What is to be written so that the counters follow assets; each counter is written once."""

    _more: defaultdict[tuple[UUID, Facet], int] = field(default_factory=lambda: defaultdict(int))

    def count(self, owner_id: UUID, was: FacetCounts, now: FacetCounts) -> None:
        """Count by what it has now, and no longer by what it had."""
        for each in was.facets - now.facets:
            self._more[owner_id, each] -= 1
        for each in now.facets - was.facets:
            self._more[owner_id, each] += 1
        if now.named and not was.named:
            for each in now.facets & was.facets:
                self._more[owner_id, each] += 0

    def by_collection(self) -> dict[str, list[Write]]:
        """The writes to each; those last that remove what nothing is counted by any more."""
        writes: defaultdict[str, list[Write]] = defaultdict(list)
        unused: defaultdict[str, list[Document]] = defaultdict(list)
        for (owner_id, (name, value)), more in sorted(self._more.items()):
            collection, counter_id = _counter_of(owner_id, name, value)
            names = {"$set": {FOLDED: folded(value)}} if name in LABELS else {}
            change = {"$inc": {ASSET_COUNT: more}} | names
            writes[collection].append(UpdateOne({"_id": counter_id}, change, upsert=more > 0))
            if more < 0:
                unused[collection].append(counter_id)
        for collection, ids in unused.items():
            writes[collection] += removals(ids)
        return writes


def removals(counter_ids: list[Document]) -> Iterator[Write]:
    """Those of these counters that are 0."""
    for first in range(0, len(counter_ids), REMOVED_AT_ONCE):
        some = counter_ids[first : first + REMOVED_AT_ONCE]
        yield DeleteMany({"_id": {"$in": some}, ASSET_COUNT: 0})


def label_id(owner_id: UUID, kind: LabelKind, label: str) -> Document:
    """The `_id` of the counter of a label."""
    return {"owner_id": owner_id, kind.value: label}


async def label_count(transaction: MongoTransaction, owner_id: UserId, kind: LabelKind, label: str) -> int:
    """How many assets of an owner have a label."""
    with translated():
        found = await transaction.collection(COLLECTIONS[kind]).find_one(
            {"_id": label_id(owner_id.value, kind, label)}, session=transaction.session
        )
    return found[ASSET_COUNT] if found else 0


def _counter_of(owner_id: UUID, facet: str, value: str) -> tuple[str, Document]:
    if facet in LABELS:
        kind = LabelKind(facet)
        return COLLECTIONS[kind], label_id(owner_id, kind, value)
    return PERIODS, {"owner_id": owner_id, "unit": str(facet), "period": value}
