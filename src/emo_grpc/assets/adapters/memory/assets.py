"""The repository of assets in memory."""

from itertools import islice

from emo_grpc.assets.adapters.documents.asset import asset_to_document
from emo_grpc.assets.adapters.memory.tables import ASSETS, REMOVED_OWNERS, UPLOADS, StoredAsset, Uploads, usage
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetNotFound, OwnerRemoved
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId


class MemoryAssetRepository:
    """Documents in a dict; every question but `get` looks at all of them."""

    def __init__(self, database: MemoryDatabase, track: Track) -> None:
        self._rows: dict[AssetId, StoredAsset] = database.table(ASSETS)
        self._uploads: Uploads = database.table(UPLOADS)
        self._removed_owners: dict[UserId, None] = database.table(REMOVED_OWNERS)
        self._track = track

    async def get(self, asset_id: AssetId) -> Asset:
        """The asset; raises AssetNotFound."""
        if (stored := self._rows.get(asset_id)) is None:
            raise AssetNotFound
        return stored.asset()

    async def find(self, asset_id: AssetId) -> Asset | DamagedAsset | None:
        """The asset, or None: memory holds nothing damaged."""
        stored = self._rows.get(asset_id)
        return None if stored is None else stored.asset()

    async def save(self, asset: Asset) -> None:
        """Store its changes."""
        self._check_version(asset)
        self._store(asset)

    async def add(self, asset: Asset) -> None:
        """Store one that is not there."""
        if asset.asset_id in self._rows:
            raise ConcurrentChange("the asset was made at the same moment")
        self._store(asset)

    async def remove(self, asset: Asset | DamagedAsset) -> None:
        """Remove it."""
        self._check_version(asset)
        del self._rows[asset.asset_id]
        self._track(asset)

    async def owned_by(self, owner_id: UserId, limit: int) -> list[Asset | DamagedAsset]:
        """Some of the assets that a user owns."""
        assets = (stored.asset() for stored in self._rows.values())
        return list[Asset | DamagedAsset](islice((asset for asset in assets if owner_id in asset.owner_ids), limit))

    async def usage(self, owner_id: UserId) -> Usage:
        """Added up anew."""
        if owner_id in self._removed_owners:
            raise OwnerRemoved
        return usage(self._rows, self._uploads, owner_id)

    async def remove_owner(self, owner_id: UserId) -> None:
        """Remember the user's id."""
        self._removed_owners[owner_id] = None

    async def not_wrapped_with(self, kek_id: str, limit: int) -> list[Asset | DamagedAsset]:
        """Some complete assets with another key-encryption key."""
        assets = (stored.asset() for stored in self._rows.values())
        return list[Asset | DamagedAsset](
            islice((asset for asset in assets if _kek_id(asset) not in (None, kek_id)), limit)
        )

    async def outdated(self, _limit: int) -> list[Asset | DamagedAsset]:
        """None: memory holds nothing of another release."""
        return []

    def _store(self, asset: Asset) -> None:
        asset.version += 1
        self._rows[asset.asset_id] = StoredAsset(asset.version, asset_to_document(asset))
        self._track(asset)

    def _check_version(self, asset: Asset | DamagedAsset) -> None:
        stored = self._rows.get(asset.asset_id)
        if stored is None or stored.version != asset.version:
            raise ConcurrentChange("the asset was changed at the same moment")


def _kek_id(asset: Asset) -> str | None:
    return None if asset.content is None else asset.content.wrapped_key.kek_id
