"""What the database knows of the stored files of all users."""

from collections.abc import AsyncIterator, Collection
from typing import Protocol
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.service_layer.walk import PageById, walk


class Inventory(Protocol):
    """The port. Uploads are given with no new receipts."""

    @property
    def assets(self) -> PageById[AssetId, Asset | DamagedAsset]:
        """Pages of all assets."""
        ...

    @property
    def uploads(self) -> PageById[AssetId, Upload | DamagedUpload]:
        """Pages of all uploads, in order of their assets' ids."""
        ...

    async def known_blobs(self, keys: Collection[BlobKey]) -> frozenset[BlobKey]:
        """Those of up to 1000 keys that an upload or an asset refers to."""
        ...

    async def installation(self) -> UUID:
        """Which database this is: random, made once, and kept in all its backups."""
        ...

    async def become(self, installation: UUID) -> None:
        """Take over the identity of that database, because all data here was restored from a backup of it."""
        ...

    async def stored_bytes(self) -> int:
        """Plaintext bytes of all complete files, about: those of several owners may count more than once."""
        ...


def all_assets(inventory: Inventory) -> AsyncIterator[Asset | DamagedAsset]:
    """Every asset."""
    return walk(inventory.assets, lambda asset: asset.asset_id)


def all_uploads(inventory: Inventory) -> AsyncIterator[Upload | DamagedUpload]:
    """Every upload."""
    return walk(inventory.uploads, lambda upload: upload.asset_id)
