"""The repository of assets on MongoDB."""

from typing import Final

from emo_grpc.assets.adapters.documents.asset import asset_to_document
from emo_grpc.assets.adapters.documents.listing import listing_of
from emo_grpc.assets.adapters.mongo.collections import STORED, wrapped_with_another
from emo_grpc.assets.adapters.mongo.folder_counters import folder_found_by
from emo_grpc.assets.adapters.mongo.listing import found_by, whole_list
from emo_grpc.assets.adapters.mongo.schema import UPLOADS, index_of
from emo_grpc.assets.adapters.mongo.usage_counters import (
    NO_CONTRIBUTION,
    Contribution,
    MongoUsageCounters,
    contribution_of_damaged,
)
from emo_grpc.assets.domain.asset import Asset, AssetState
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage, reserved_bytes_of
from emo_grpc.assets.service_layer.views import SortField
from emo_grpc.shared.adapters.document_repository import changed
from emo_grpc.shared.adapters.mongo.document_repository import MongoDocumentRepository
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.ids import UserId

COUNTED: Final = STORED | dict.fromkeys(("reserved_bytes", "metadata_bytes", "declared_bytes", "found_by"), True)


class MongoAssetRepository(MongoDocumentRepository[AssetId, Asset, DamagedAsset]):
    """A document for each asset, and counters of its owners that follow it."""

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
        return await self._select({"found_by": whole_list(owner_id)}, limit, hint=index_of(SortField.CREATE_TIME))

    async def usage(self, owner_id: UserId) -> Usage:
        """One document for each user."""
        return await self._counters.usage(owner_id)

    async def remove_owner(self, owner_id: UserId) -> None:
        """The same document, which stays when nothing else is in it."""
        await self._counters.remove_owner(owner_id)

    async def forget_owner(self, owner_id: UserId) -> None:
        """A document under a digest, in place of that one."""
        await self._counters.forget_owner(owner_id)

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Some complete assets whose data key is wrapped with another key."""
        return await self._select(wrapped_with_another(kek_id), limit)

    async def _insert(self, aggregate: Asset) -> None:
        reserved_bytes = await self._reserved(aggregate)
        await self._add_record(_record(aggregate, reserved_bytes))
        await self._counters.replace(NO_CONTRIBUTION, _contribution(aggregate, reserved_bytes))

    async def _update(self, aggregate: Asset) -> None:
        reserved_bytes = await self._reserved(aggregate)
        record = _record(aggregate, reserved_bytes)
        with translated():
            before = await self._records.find_one_and_replace(
                self._as_read(aggregate), record, COUNTED, session=self._transaction.session
            )
        await self._counters.replace(self._contribution_of(before), _contribution(aggregate, reserved_bytes))

    async def _reserved(self, asset: Asset) -> int:
        """What it counts against the quota of each owner; an upload beyond what was declared raises it."""
        if asset.state is AssetState.READY:
            return asset.file.size_bytes
        with translated():
            upload = await self._transaction.collection(UPLOADS).find_one(
                {"_id": asset.asset_id.value}, {"persisted_size": True}, session=self._transaction.session
            )
        return reserved_bytes_of(asset.file.size_bytes, 0 if upload is None else upload["persisted_size"])

    def _contribution_of(self, record: Document | None) -> Contribution:
        """What a record counted that was found as it was read; raises ConcurrentChange if it was not."""
        if record is None:
            raise changed()
        asset = self._collection.read(record, self._upcasters)
        if isinstance(asset, DamagedAsset):
            return contribution_of_damaged(record)
        folder = folder_found_by(record["found_by"])
        return Contribution.of(asset, record["reserved_bytes"], record.get("metadata_bytes"), folder)

    @property
    def _counters(self) -> MongoUsageCounters:
        return MongoUsageCounters(self._transaction)


def _contribution(asset: Asset, reserved_bytes: int) -> Contribution:
    return Contribution.of(asset, reserved_bytes, asset.metadata_bytes, asset.description.folder)


def _record(asset: Asset, reserved_bytes: int) -> Document:
    listing = listing_of(asset)
    return {
        "_id": asset.asset_id.value,
        "version": asset.version + 1,
        "document": asset_to_document(asset),
        "declared_bytes": listing.declared_bytes,
        "reserved_bytes": reserved_bytes,
        "metadata_bytes": asset.metadata_bytes,
        **found_by(asset, listing),
        **_content_columns(asset),
    }


def _content_columns(asset: Asset) -> Document:
    content = asset.content
    if content is None:
        return {}
    return {"blob_key": content.blob_key.value, "kek_id": content.wrapped_key.kek_id}
