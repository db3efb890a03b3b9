"""What is counted for each owner, on MongoDB.

The counters change in the transaction of the asset. One document holds all that counts against a user's quota: two
units that would each fill its last room both write it, so one of them meets ConcurrentChange. That document also says
whether the owner was removed: an asset that is made at that moment has to write it too.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final
from uuid import UUID

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from emo_grpc.assets.adapters.documents.values import owner_digest
from emo_grpc.assets.adapters.mongo.contribution import TRASH, Contribution, Counts, Key
from emo_grpc.assets.adapters.mongo.facet_counters import ASSET_COUNT, FacetWrites, Write, removals
from emo_grpc.assets.adapters.mongo.folder_counters import counter_id
from emo_grpc.assets.adapters.mongo.schema import FOLDERS, USAGE
from emo_grpc.assets.domain.errors import OwnerRemoved
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.stats import TrashStats
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.domain.ids import UserId

COUNTED: Final = tuple(field.name for field in fields(Usage))
WRITTEN_AT_ONCE: Final = 500
IS_REMOVED: Final = "is_removed"
REMOVED: Final = {IS_REMOVED: True}
CLAIM: Final = {"$inc": {"quota_checks": 1}}
"""A write for its own sake."""


def usage_of(counters: Document) -> Usage:
    """What the document of a user's counters says; what would be 0 is not in it."""
    return Usage(**{name: int(counters.get(name, 0)) for name in COUNTED})


def trash_of(counters: Document) -> TrashStats:
    """What the same document says of the trash."""
    trash = counters.get(TRASH, {})
    return TrashStats(int(trash.get(ASSET_COUNT, 0)), int(trash.get("reserved_bytes", 0)))


class MongoUsageCounters:
    """Those of a transaction. A counter that nothing is counted by any more goes away.

    Changes are summed up, and written before they are read and before the commit: a transaction that wrote all counters
    anew with each of many assets in deep folders would take seconds, and more of MongoDB's memory than it may have.
    """

    def __init__(self, transaction: MongoTransaction) -> None:
        self._transaction = transaction
        self._totals = defaultdict[Key, Counts](Counter)
        self._facets = FacetWrites()
        self._assets = 0
        self._claimed = set[UUID]()

    async def usage(self, owner_id: UserId) -> Usage:
        """What counts against a user's limits.

        Who asks is about to add to it. So this writes already: the second of two that ask at the same moment meets
        ConcurrentChange here, and not after it has done all its work.
        """
        with translated():
            found = await self._transaction.collection(USAGE).find_one_and_update(
                {"_id": owner_id.value},
                CLAIM,
                dict.fromkeys((*COUNTED, IS_REMOVED), True),
                session=self._transaction.session,
            )
            if found is None:
                found = await self._transaction.collection(USAGE).find_one(
                    _forgotten(owner_id), session=self._transaction.session
                )
        self._claimed.add(owner_id.value)
        if found is not None and IS_REMOVED in found:
            raise OwnerRemoved
        more = self._totals[USAGE, owner_id.value, ""]
        return usage_of({name: (found or {}).get(name, 0) + more[name] for name in COUNTED})

    async def remove_owner(self, owner_id: UserId) -> None:
        """Mark the owner's document, or make it."""
        await self._write(USAGE, [UpdateOne({"_id": owner_id.value}, {"$set": REMOVED}, upsert=True)])

    async def forget_owner(self, owner_id: UserId) -> None:
        """Who began before the mark was set meets it, though it is gone, and all others find this."""
        await self.write()
        mark = UpdateOne(_forgotten(owner_id), {"$set": REMOVED}, upsert=True)
        unused = {"_id": owner_id.value, ASSET_COUNT: {"$exists": False}} | REMOVED
        await self._write(USAGE, [mark, DeleteOne(unused)])

    async def replace(self, before: Contribution, after: Contribution) -> None:
        """Count an asset as it is after, and no longer as it was before, from the next `write` on.

        From the second asset on the owners' documents are written at once: who else changes what is counted for them
        meets this transaction now, so that it does not do all its work and then meet them.
        """
        for key, counts in before.counts():
            self._totals[key].subtract(counts)
        for key, counts in after.counts():
            self._totals[key].update(counts)
        for owner_id in before.owner_ids | after.owner_ids:
            self._facets.count(owner_id, before.facets_of(owner_id), after.facets_of(owner_id))
        self._assets += 1
        if self._assets > 1:
            await self._claim(before.owner_ids | after.owner_ids)

    async def write(self) -> None:
        """Write each counter that has changed, once, however many assets have changed it."""
        totals, facets = self._totals, self._facets
        self._totals, self._facets = defaultdict(Counter), FacetWrites()
        usage = {owner_id: more for (name, owner_id, _), more in totals.items() if name == USAGE}
        await self._write(USAGE, [write for owner, more in usage.items() for write in _count(owner, more)])
        folders = {(owner, folder): more for (name, owner, folder), more in totals.items() if name == FOLDERS}
        await self._write(FOLDERS, _count_folders(folders))
        for collection, writes in facets.by_collection().items():
            await self._write(collection, writes)

    def reserve(self, asset: Document, more: int) -> None:
        """Count that many bytes more, or less, against the quota of each owner of this record's asset."""
        counts = Counter({"reserved_bytes": more})
        if "purge_time" in asset:
            counts[f"{TRASH}.reserved_bytes"] = more
        for owner_id in asset["owner_ids"]:
            self._totals[USAGE, owner_id, ""].update(counts)

    async def _claim(self, owner_ids: frozenset[UUID]) -> None:
        for owner_id in sorted(owner_ids - self._claimed):
            with translated():
                await self._transaction.collection(USAGE).update_one(
                    {"_id": owner_id}, CLAIM, session=self._transaction.session
                )
        self._claimed |= owner_ids

    async def _write(self, collection: str, writes: Sequence[Write]) -> None:
        """In commands of a few each, so that none takes as long as one may."""
        for first in range(0, len(writes), WRITTEN_AT_ONCE):
            some = writes[first : first + WRITTEN_AT_ONCE]
            with translated():
                await self._transaction.collection(collection).bulk_write(some, session=self._transaction.session)


def _forgotten(owner_id: UserId) -> Document:
    return {"_id": owner_digest(owner_id).hex()}


def _count(owner_id: UUID, more: Counts) -> list[Write]:
    changed = {name: change for name, change in more.items() if change}
    if not changed:
        return []
    writes: list[Write] = [UpdateOne({"_id": owner_id}, {"$inc": changed}, upsert=True)]
    if more[ASSET_COUNT] < 0:
        unused = {"_id": owner_id, ASSET_COUNT: 0}
        writes += [ReplaceOne(unused | REMOVED, REMOVED), DeleteOne(unused)]
    return writes


def _count_folders(counts: Mapping[tuple[UUID, str], Counts]) -> list[Write]:
    writes, unused = list[Write](), list[Document]()
    for (owner_id, folder), more in sorted(counts.items()):
        changed = {name: change for name, change in more.items() if change}
        folder_id = counter_id(owner_id, folder)
        if changed:
            writes.append(UpdateOne({"_id": folder_id}, {"$inc": changed}, upsert=True))
        if more[ASSET_COUNT] < 0:
            unused.append(folder_id)
    return [*writes, *removals(unused)]
