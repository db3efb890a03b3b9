"""What is counted for each owner, on MongoDB.

The counters change in the transaction of the asset. One document holds all that counts against a user's quota: two
units that would each fill its last room both write it, so one of them meets ConcurrentChange. That document also says
whether the owner was removed: an asset that is made at that moment has to write it too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import fields
from typing import Final
from uuid import UUID

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from emo_grpc.assets.adapters.documents.values import owner_digest
from emo_grpc.assets.adapters.mongo.contribution import TRASH, Contribution, Counts, Key
from emo_grpc.assets.adapters.mongo.facet_counters import ASSET_COUNT, FacetWrites, Write
from emo_grpc.assets.adapters.mongo.folder_counters import counter_id
from emo_grpc.assets.adapters.mongo.schema import FOLDERS, USAGE
from emo_grpc.assets.domain.errors import OwnerRemoved
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.views import TrashStats
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.domain.ids import UserId

COUNTED: Final = tuple(field.name for field in fields(Usage))
IS_REMOVED: Final = "is_removed"
REMOVED: Final = {IS_REMOVED: True}


def usage_of(counters: Document) -> Usage:
    """What the document of a user's counters says; what would be 0 is not in it."""
    return Usage(**{name: int(counters.get(name, 0)) for name in COUNTED})


def trash_of(counters: Document) -> TrashStats:
    """What the same document says of the trash."""
    trash = counters.get(TRASH, {})
    return TrashStats(int(trash.get(ASSET_COUNT, 0)), int(trash.get("reserved_bytes", 0)))


class MongoUsageCounters:
    """Those of a transaction. A counter that nothing is counted by any more goes away."""

    def __init__(self, transaction: MongoTransaction) -> None:
        self._transaction = transaction

    async def usage(self, owner_id: UserId) -> Usage:
        """What counts against a user's limits.

        Who asks is about to add to it. So this writes already: the second of two that ask at the same moment meets
        ConcurrentChange here, and not after it has done all its work.
        """
        with translated():
            found = await self._transaction.collection(USAGE).find_one_and_update(
                {"_id": owner_id.value},
                {"$inc": {"quota_checks": 1}},
                dict.fromkeys((*COUNTED, IS_REMOVED), True),
                session=self._transaction.session,
            )
            if found is None:
                found = await self._transaction.collection(USAGE).find_one(
                    _forgotten(owner_id), session=self._transaction.session
                )
        if found is not None and IS_REMOVED in found:
            raise OwnerRemoved
        return usage_of(found or {})

    async def remove_owner(self, owner_id: UserId) -> None:
        """Mark the owner's document, or make it."""
        await self._write(USAGE, [UpdateOne({"_id": owner_id.value}, {"$set": REMOVED}, upsert=True)])

    async def forget_owner(self, owner_id: UserId) -> None:
        """Who began before the mark was set meets it, though it is gone, and all others find this."""
        mark = UpdateOne(_forgotten(owner_id), {"$set": REMOVED}, upsert=True)
        unused = {"_id": owner_id.value, ASSET_COUNT: {"$exists": False}} | REMOVED
        await self._write(USAGE, [mark, DeleteOne(unused)])

    async def replace(self, before: Contribution, after: Contribution) -> None:
        """Count an asset as it is after, and no longer as it was before."""
        await self.replace_all([(before, after)])

    async def replace_all(self, changes: Iterable[tuple[Contribution, Contribution]]) -> None:
        """The same of several; each counter is written once."""
        totals: defaultdict[Key, Counts] = defaultdict(Counter)
        facets = FacetWrites()
        for before, after in changes:
            for key, counts in before.counts():
                totals[key].subtract(counts)
            for key, counts in after.counts():
                totals[key].update(counts)
            for owner_id in before.owner_ids | after.owner_ids:
                facets.count(owner_id, before.facets_of(owner_id), after.facets_of(owner_id))
        for collection in (USAGE, FOLDERS):
            changed = {key: more for key, more in totals.items() if key[0] == collection}
            await self._write(collection, [write for key, more in changed.items() for write in _count(_id(key), more)])
        for collection, writes in facets.by_collection().items():
            await self._write(collection, writes)

    async def reserve(self, asset: Document, more: int) -> None:
        """Count that many bytes more, or less, against the quota of each owner of this record's asset."""
        counts = Counter({"reserved_bytes": more})
        if "purge_time" in asset:
            counts[f"{TRASH}.reserved_bytes"] = more
        await self._write(USAGE, [write for owner in asset["owner_ids"] for write in _count(owner, counts)])

    async def _write(self, collection: str, writes: list[Write]) -> None:
        if not writes:
            return
        with translated():
            await self._transaction.collection(collection).bulk_write(writes, session=self._transaction.session)


def _forgotten(owner_id: UserId) -> Document:
    return {"_id": owner_digest(owner_id).hex()}


def _id(key: Key) -> UUID | Document:
    collection, owner_id, name = key
    return owner_id if collection == USAGE else counter_id(owner_id, name)


def _count(counter_id: UUID | Document, more: Counts) -> list[Write]:
    changed = {name: change for name, change in more.items() if change}
    if not changed:
        return []
    writes: list[Write] = [UpdateOne({"_id": counter_id}, {"$inc": changed}, upsert=True)]
    if more[ASSET_COUNT] < 0:
        unused = {"_id": counter_id, ASSET_COUNT: 0}
        writes += [ReplaceOne(unused | REMOVED, REMOVED), DeleteOne(unused)]
    return writes
