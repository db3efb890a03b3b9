"""What is counted for each owner, on MongoDB.

The counters change in the transaction of the asset. One document holds all that counts against a user's quota: two
units that would each fill its last room both write it, so one of them meets ConcurrentChange. That document also says
whether the owner was removed: an asset that is made at that moment has to write it too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Final, Self
from uuid import UUID

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from emo_grpc.assets.adapters.documents.listing import NO_DATE, listing_of, periods_of
from emo_grpc.assets.adapters.documents.values import owner_digest
from emo_grpc.assets.adapters.mongo.facet_counters import (
    KNOWN_DATE,
    NO_FACETS,
    FacetCounts,
    FacetWrites,
    Write,
    facet_counts,
)
from emo_grpc.assets.adapters.mongo.folder_counters import counter_id, folder_counts, folder_found_by, top_counts
from emo_grpc.assets.adapters.mongo.schema import FOLDERS, USAGE
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import OwnerRemoved
from emo_grpc.assets.domain.file import AssetKind, kind_of
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.views import TrashStats
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.domain.ids import UserId

Counts = Counter[str]
Key = tuple[str, UUID, str]
"""Of counters: their collection, the owner, and the name of what they count."""
ASSET_COUNT: Final = "asset_count"
COUNTED: Final = tuple(field.name for field in fields(Usage))
IS_REMOVED: Final = "is_removed"
REMOVED: Final = {IS_REMOVED: True}
TRASH: Final = "trash"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an asset adds to the counters of each of its owners: of usage, of each facet, of each folder but the top.

    In the trash, where no list of facets or folders shows it: to those of usage alone, and there to those of the trash
    in place of those of its kind.
    """

    owner_ids: frozenset[UUID]
    usage: Counts
    facets: FacetCounts
    folders: dict[str, Counts]

    @classmethod
    def of(cls, asset: Asset, reserved_bytes: int, metadata_bytes: int | None, folder: str | None) -> Self:
        """That of an asset as it is.

        `metadata_bytes` None: of a release that did not count them, nor what is pending. `folder` None: of one that
        knew of none, and counted no facets but tags.
        """
        kind = None if asset.is_in_trash else asset.file.kind
        folder = None if asset.is_in_trash else folder
        return cls(
            owner_ids=frozenset(owner_id.value for owner_id in asset.owner_ids),
            usage=_usage(kind, asset.is_pending, reserved_bytes, metadata_bytes, folder),
            facets=facet_counts(listing_of(asset).facets, counts_only_tags=folder is None),
            folders=_folders(folder, asset.is_pending, reserved_bytes),
        )

    def counts(self) -> Iterator[tuple[Key, Counts]]:
        """What it adds to each counter but those of facets."""
        for owner_id in self.owner_ids:
            yield (USAGE, owner_id, ""), self.usage
            for folder, counts in self.folders.items():
                yield (FOLDERS, owner_id, folder), counts

    def facets_of(self, owner_id: UUID) -> FacetCounts:
        """Those by which this one counts it."""
        return self.facets if owner_id in self.owner_ids else NO_FACETS


def contribution_of_damaged(record: Document) -> Contribution:
    """That of an asset whose document can't be read, by what it is found by."""
    lists = [name.split(" ", 2) for name in record["found_by"] if name.count(" ") > 1]
    content_types = [value for _, facet, value in lists if facet == "content_type" and not value.endswith("/*")]
    is_pending = record["declared_bytes"] is not None
    reserved_bytes, folder = record["reserved_bytes"], folder_found_by(record["found_by"])
    kind = None if "purge_time" in record else kind_of(content_types[0])
    return Contribution(
        owner_ids=frozenset(record["owner_ids"]),
        usage=_usage(kind, is_pending, reserved_bytes, record.get("metadata_bytes"), folder),
        facets=facet_counts(
            {(facet, value) for _, facet, value in lists}.union(periods_of(record.get(KNOWN_DATE, NO_DATE))),
            counts_only_tags=folder is None,
        ),
        folders=_folders(folder, is_pending, reserved_bytes),
    )


def _usage(
    kind: AssetKind | None, is_pending: bool, reserved_bytes: int, metadata_bytes: int | None, folder: str | None
) -> Counts:
    """`kind` is None of what is in the trash."""
    complete_bytes = 0 if is_pending else reserved_bytes
    counted = TRASH if kind is None else f"kinds.{kind}"
    return Counter(
        {
            ASSET_COUNT: 1,
            "reserved_bytes": reserved_bytes,
            "metadata_bytes": metadata_bytes or 0,
            "pending_count": int(is_pending and metadata_bytes is not None),
            f"{counted}.{ASSET_COUNT}": 1,
            f"{counted}.complete_bytes": complete_bytes,
            f"{TRASH}.reserved_bytes": reserved_bytes if kind is None else 0,
            **top_counts(folder, complete_bytes),
        }
    )


def _folders(folder: str | None, is_pending: bool, reserved_bytes: int) -> dict[str, Counts]:
    return folder_counts(folder, 0 if is_pending else reserved_bytes)


def usage_of(counters: Document) -> Usage:
    """What the document of a user's counters says; what would be 0 is not in it."""
    return Usage(**{name: int(counters.get(name, 0)) for name in COUNTED})


def trash_of(counters: Document) -> TrashStats:
    """What the same document says of the trash."""
    trash = counters.get(TRASH, {})
    return TrashStats(int(trash.get(ASSET_COUNT, 0)), int(trash.get("reserved_bytes", 0)))


NO_CONTRIBUTION: Final = Contribution(frozenset(), Counter(), NO_FACETS, {})


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
        """The same of several; each counter of usage and of folders is written once."""
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
        for collection, writes in facets.by_collection.items():
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
