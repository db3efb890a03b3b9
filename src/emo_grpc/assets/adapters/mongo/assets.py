"""The repository of assets on MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pymongo import ASCENDING, ReplaceOne

from emo_grpc.assets.adapters.mongo.collections import STORED, wrapped_with_another
from emo_grpc.assets.adapters.mongo.contribution import NO_CONTRIBUTION, Contribution, contribution_of_damaged
from emo_grpc.assets.adapters.mongo.facet_counters import KNOWN_DATE, label_count
from emo_grpc.assets.adapters.mongo.folder_counters import folder_found_by
from emo_grpc.assets.adapters.mongo.folder_moves import ORDER, MongoFolderMoves, place_of, with_facet
from emo_grpc.assets.adapters.mongo.listing import trash_list, whole_list
from emo_grpc.assets.adapters.mongo.records import contribution_of, record_of
from emo_grpc.assets.adapters.mongo.schema import UPLOADS, index_of
from emo_grpc.assets.adapters.mongo.usage_counters import MongoUsageCounters
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.folder_move import FolderExtent, FolderMove, Place
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.domain.usage import Usage, reserved_bytes_of
from emo_grpc.assets.service_layer.views import SortField
from emo_grpc.shared.adapters.document_repository import changed
from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection
from emo_grpc.shared.adapters.mongo.document_repository import MongoDocumentRepository
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.times import microseconds
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.ids import UserId

WRITTEN_AT_ONCE: Final = 50
COUNTED: Final = STORED | dict.fromkeys(
    ("reserved_bytes", "metadata_bytes", "declared_bytes", "found_by", "purge_time", KNOWN_DATE), True
)


class MongoAssetRepository(MongoDocumentRepository[AssetId, Asset, DamagedAsset]):
    """A document for each asset, and counters of its owners that follow it."""

    def __init__(
        self,
        collection: DocumentCollection[AssetId, Asset, DamagedAsset],
        transaction: MongoTransaction,
        track: Track,
        upcasters: Upcasters,
        counters: MongoUsageCounters,
    ) -> None:
        super().__init__(collection, transaction, track, upcasters)
        self._counters = counters

    async def remove(self, asset: Asset | DamagedAsset) -> None:
        """Remove it with its wrapped key."""
        with translated():
            removed = await self._records.find_one_and_delete(
                self._as_read(asset), COUNTED, session=self._transaction.session
            )
        await self._counters.replace(self._contribution_of(removed), NO_CONTRIBUTION)
        self._track(asset)

    async def owned_by(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets that a user owns."""
        either = {"$in": [whole_list(owner_id), trash_list(owner_id)]}
        return await self._select({"found_by": either}, limit, hint=index_of(SortField.CREATE_TIME))

    async def in_trash(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """A range of the list of the user's trash."""
        by_delete_time = SortField.UPDATE_TIME
        return await self._select(
            {"found_by": trash_list(owner_id)}, limit, order=f"order.{by_delete_time}", hint=index_of(by_delete_time)
        )

    async def due(self, now: datetime, limit: int) -> list[Asset | DamagedAsset]:
        """Those first whose time is over longest."""
        return await self._select({"purge_time": {"$lte": microseconds(now)}}, limit, order="purge_time")

    async def usage(self, owner_id: UserId) -> Usage:
        """One document for each user."""
        return await self._counters.usage(owner_id)

    async def remove_owner(self, owner_id: UserId) -> None:
        """The same document, which stays when nothing else is in it."""
        await self._counters.remove_owner(owner_id)

    async def forget_owner(self, owner_id: UserId) -> None:
        """A document under a digest, in place of that one."""
        await self._counters.forget_owner(owner_id)

    async def save_all(self, assets: Sequence[Asset]) -> None:
        """In commands of a few each, so that none takes as long as one may."""
        reserved = await self._reserved_of(assets)
        before = await self._counted(assets)
        replaced = [ReplaceOne(self._as_read(asset), record_of(asset, reserved[asset.asset_id])) for asset in assets]
        for first in range(0, len(replaced), WRITTEN_AT_ONCE):
            some = replaced[first : first + WRITTEN_AT_ONCE]
            with translated():
                result = await self._records.bulk_write(some, session=self._transaction.session)
            if result.matched_count < len(some):
                raise changed()
        for asset in assets:
            was = self._contribution_of(before.get(asset.asset_id))
            await self._counters.replace(was, contribution_of(asset, reserved[asset.asset_id]))
            self._stored(asset)

    async def with_facet(
        self, owner_id: UserId, facet: str, value: str, after: Place | None, limit: int
    ) -> tuple[list[Asset], Place | None]:
        """A range of the index of an order."""
        with translated():
            found = await self._records.find(
                with_facet(owner_id, (facet, value), after),
                STORED | {ORDER: True},
                sort=[(ORDER, ASCENDING)],
                hint=index_of(SortField.CREATE_TIME),
                limit=limit + 1,
                session=self._transaction.session,
            ).to_list()
        assets = [self._collection.read(record, self._upcasters) for record in found[:limit]]
        last = place_of(found[limit - 1]) if len(found) > limit else None
        return [asset for asset in assets if isinstance(asset, Asset)], last

    async def label_count(self, owner_id: UserId, kind: LabelKind, label: str) -> int:
        """One of the counters that change with the assets."""
        await self._counters.write()
        return await label_count(self._transaction, owner_id, kind, label)

    async def folder_extent(self, owner_id: UserId, folder: str, most: int) -> FolderExtent:
        """From the counters that change with the assets."""
        await self._counters.write()
        return await MongoFolderMoves(self._transaction).extent(owner_id, folder, most)

    async def folder_move(self, owner_id: UserId) -> FolderMove | None:
        """A document for each."""
        return await MongoFolderMoves(self._transaction).find(owner_id)

    async def set_folder_move(self, owner_id: UserId, move: FolderMove | None) -> None:
        """The same document."""
        await MongoFolderMoves(self._transaction).set(owner_id, move)

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Some complete assets whose data key is wrapped with another key."""
        return await self._select(wrapped_with_another(kek_id), limit)

    async def _insert(self, aggregate: Asset) -> None:
        reserved_bytes = (await self._reserved_of([aggregate]))[aggregate.asset_id]
        await self._add_record(record_of(aggregate, reserved_bytes))
        await self._counters.replace(NO_CONTRIBUTION, contribution_of(aggregate, reserved_bytes))

    async def _update(self, aggregate: Asset) -> None:
        reserved_bytes = (await self._reserved_of([aggregate]))[aggregate.asset_id]
        record = record_of(aggregate, reserved_bytes)
        with translated():
            before = await self._records.find_one_and_replace(
                self._as_read(aggregate), record, COUNTED, session=self._transaction.session
            )
        await self._counters.replace(self._contribution_of(before), contribution_of(aggregate, reserved_bytes))

    async def _reserved_of(self, assets: Sequence[Asset]) -> dict[AssetId, int]:
        """What each counts against the quota of its owners; an upload beyond what was declared raises it."""
        reserved = {asset.asset_id: asset.file.size_bytes for asset in assets}
        pending = [asset.asset_id.value for asset in assets if asset.is_pending]
        if pending:
            with translated():
                found = self._transaction.collection(UPLOADS).find(
                    {"_id": {"$in": pending}}, {"persisted_size": True}, session=self._transaction.session
                )
                for upload in await found.to_list():
                    asset_id = AssetId(upload["_id"])
                    reserved[asset_id] = reserved_bytes_of(reserved[asset_id], upload["persisted_size"])
        return reserved

    async def _counted(self, assets: Sequence[Asset]) -> dict[AssetId, Document]:
        """Those records as they are before a change."""
        stored = {"_id": {"$in": [asset.asset_id.value for asset in assets]}}
        with translated():
            found = await self._records.find(stored, COUNTED, session=self._transaction.session).to_list()
        return {AssetId(record["_id"]): record for record in found}

    def _contribution_of(self, record: Document | None) -> Contribution:
        """What a record counted that was found as it was read; raises ConcurrentChange if it was not."""
        if record is None:
            raise changed()
        asset = self._collection.read(record, self._upcasters)
        if isinstance(asset, DamagedAsset):
            return contribution_of_damaged(record)
        folder = folder_found_by(record["found_by"])
        return Contribution.of(asset, record["reserved_bytes"], record.get("metadata_bytes"), folder)
