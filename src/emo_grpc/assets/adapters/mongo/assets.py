"""The repository of assets on MongoDB."""

from collections.abc import Mapping
from typing import Final

from pymongo.errors import DuplicateKeyError

from emo_grpc.assets.adapters.documents.codec import ASSET_VERSION, asset_document
from emo_grpc.assets.adapters.documents.listing import listing_of
from emo_grpc.assets.adapters.mongo.usage_counters import NOTHING, MongoUsageCounters, Share, share_of_damaged
from emo_grpc.assets.adapters.mongo.listing import found_by, whole_list
from emo_grpc.assets.adapters.mongo.queries import wrapped_with_another
from emo_grpc.assets.adapters.mongo.records import STORED, asset_in
from emo_grpc.assets.adapters.mongo.schema import ASSETS, UPLOADS, index_of
from emo_grpc.assets.domain.asset import Asset, AssetState
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage, reserved_bytes_of
from emo_grpc.assets.service_layer.views import SortField
from emo_grpc.shared.adapters.mongo.documents import Document, not_of_version, up_to
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId

CHANGED: Final = "the asset was changed at the same moment"
COUNTED: Final = STORED | dict.fromkeys(("reserved_bytes", "metadata_bytes", "declared_bytes", "found_by"), True)


class MongoAssetRepository:
    """A document for each asset, and counters of its owners that follow it."""

    def __init__(self, transaction: MongoTransaction, track: Track, upcasters: Upcasters) -> None:
        self._transaction = transaction
        self._assets = transaction.collection(ASSETS)
        self._counters = MongoUsageCounters(transaction)
        self._track = track
        self._upcasters = upcasters

    async def get(self, asset_id: AssetId) -> Asset | None:
        """The asset, or None."""
        found = await self.find(asset_id)
        if isinstance(found, DamagedAsset):
            raise AssetRecordCorrupt(asset_id)
        return found

    async def find(self, asset_id: AssetId) -> Asset | DamagedAsset | None:
        """As `get`, also when its record is damaged."""
        found = await self._find({"_id": asset_id.value}, 1)
        return found[0] if found else None

    async def save(self, asset: Asset) -> None:
        """Store it, new or changed."""
        await self._store(asset, is_new=asset.version == 0)

    async def add(self, asset: Asset) -> None:
        """Store one that is not there."""
        await self._store(asset, is_new=True)

    async def remove(self, asset: Asset | DamagedAsset) -> None:
        """Remove it with its wrapped key."""
        with translated():
            removed = await self._assets.find_one_and_delete(
                _as_read(asset), COUNTED, session=self._transaction.session
            )
        await self._counters.move(self._share_of(removed), NOTHING)
        self._track(asset)

    async def owned_by(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets that a user owns."""
        return await self._find({"found_by": whole_list(owner_id)}, limit, hint=index_of(SortField.CREATE_TIME))

    async def usage(self, owner_id: UserId) -> Usage:
        """One document for each user."""
        return await self._counters.usage(owner_id)

    async def remove_owner(self, owner_id: UserId) -> None:
        """The same document, which stays when nothing else is in it."""
        await self._counters.remove_owner(owner_id)

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Two ranges of an index: the key ids below and above that one."""
        return await self._find(wrapped_with_another(kek_id), limit)

    async def outdated(self, limit: int) -> list[Asset | DamagedAsset]:
        """Some that are stored as another release does."""
        return await self._find(not_of_version(ASSET_VERSION), limit)

    async def _find(
        self, wanted: Mapping[str, object], limit: int, hint: str | None = None
    ) -> list[Asset | DamagedAsset]:
        with translated():
            found = self._assets.find(wanted, STORED, hint=hint, session=self._transaction.session)
            return [asset_in(record, self._upcasters) for record in await up_to(limit, found)]

    async def _store(self, asset: Asset, *, is_new: bool) -> None:
        reserved_bytes = await self._reserved(asset)
        record = _record(asset, reserved_bytes)
        before = await self._add(record) if is_new else await self._replace(asset, record)
        await self._counters.move(before, Share.of(asset, reserved_bytes, asset.metadata_bytes))
        asset.version += 1
        self._track(asset)

    async def _add(self, record: Document) -> Share:
        try:
            with translated():
                await self._assets.insert_one(record, session=self._transaction.session)
        except DuplicateKeyError as error:
            raise ConcurrentChange("an asset with this id was made at the same moment") from error
        return NOTHING

    async def _replace(self, asset: Asset, record: Document) -> Share:
        with translated():
            before = await self._assets.find_one_and_replace(
                _as_read(asset), record, COUNTED, session=self._transaction.session
            )
        return self._share_of(before)

    async def _reserved(self, asset: Asset) -> int:
        """What it counts against the quota of each owner; an upload beyond what was declared raises it."""
        if asset.state is AssetState.READY:
            return asset.file.size_bytes
        with translated():
            upload = await self._transaction.collection(UPLOADS).find_one(
                {"_id": asset.asset_id.value}, {"persisted_size": True}, session=self._transaction.session
            )
        return reserved_bytes_of(asset.file.size_bytes, 0 if upload is None else upload["persisted_size"])

    def _share_of(self, record: Document | None) -> Share:
        if record is None:
            raise ConcurrentChange(CHANGED)
        asset = asset_in(record, self._upcasters)
        if isinstance(asset, DamagedAsset):
            return share_of_damaged(record)
        return Share.of(asset, record["reserved_bytes"], record.get("metadata_bytes"))


def _as_read(asset: Asset | DamagedAsset) -> Document:
    return {"_id": asset.asset_id.value, "version": asset.version}


def _record(asset: Asset, reserved_bytes: int) -> Document:
    listing = listing_of(asset)
    return {
        "_id": asset.asset_id.value,
        "version": asset.version + 1,
        "document": asset_document(asset),
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
