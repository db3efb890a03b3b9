"""The inventory in memory."""

from collections.abc import Collection
from uuid import UUID, uuid4

from emo_grpc.assets.adapters.memory.tables import ASSETS, UPLOADS, Assets, Uploads
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase


class MemoryInventory:
    """Looks at everything, for every question."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._installation = uuid4()

    async def installation(self) -> UUID:
        """As long as it lives."""
        return self._installation

    async def assets(self, after: AssetId | None, limit: int) -> list[Asset | DamagedAsset]:
        """The next assets in order of their ids."""
        rows: Assets = self._database.committed(ASSETS)
        return [rows[asset_id].asset() for asset_id in _next(rows, after, limit)]

    async def uploads(self, after: AssetId | None, limit: int) -> list[Upload | DamagedUpload]:
        """The next uploads in order of their assets' ids."""
        rows: Uploads = self._database.committed(UPLOADS)
        return [rows[asset_id].upload() for asset_id in _next(rows, after, limit)]

    async def known_blobs(self, keys: Collection[BlobKey]) -> frozenset[BlobKey]:
        """Those keys that an upload or an asset refers to."""
        assets: Assets = self._database.committed(ASSETS)
        uploads: Uploads = self._database.committed(UPLOADS)
        contents = (stored.asset().content for stored in assets.values())
        known = {content.blob_key for content in contents if content is not None}
        known |= {stored.upload().blob_key for stored in uploads.values()}
        return frozenset(known.intersection(keys))

    async def stored_bytes(self) -> int:
        """Added up anew."""
        assets: Assets = self._database.committed(ASSETS)
        contents = (stored.asset().content for stored in assets.values())
        return sum(content.manifest.size for content in contents if content is not None)


def _next(ids: Collection[AssetId], after: AssetId | None, limit: int) -> list[AssetId]:
    return sorted(asset_id for asset_id in ids if after is None or asset_id > after)[:limit]
