"""What the database knows of the stored files of all users."""

from collections.abc import AsyncIterator, Collection
from typing import Final, Protocol
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload

PAGE: Final = 500


class Inventory(Protocol):
    """The port. Each page is one committed snapshot, backed by an index, and keeps no writer waiting.

    Raises the engine's own error when a document is of a later release.
    """

    async def assets(self, after: AssetId | None, limit: int) -> list[Asset | DamagedAsset]:
        """The next assets in order of their ids; `after` None: the first ones."""
        ...

    async def uploads(self, after: AssetId | None, limit: int) -> list[Upload | DamagedUpload]:
        """The next uploads in order of their assets' ids, with no new receipts; `after` None: the first ones."""
        ...

    async def known_blobs(self, keys: Collection[BlobKey]) -> frozenset[BlobKey]:
        """Those of up to 1000 keys that an upload or an asset refers to."""
        ...

    async def installation(self) -> UUID:
        """Which database this is: random, made once, and kept in all its backups."""
        ...

    async def stored_bytes(self) -> int:
        """Plaintext bytes of all complete files, about: those of several owners may count more than once."""
        ...


async def all_assets(inventory: Inventory) -> AsyncIterator[Asset | DamagedAsset]:
    """Every asset, in order of the ids; of those that come and go meanwhile, some."""
    after: AssetId | None = None
    while page := await inventory.assets(after, PAGE):
        for asset in page:
            yield asset
        after = page[-1].asset_id


async def all_uploads(inventory: Inventory) -> AsyncIterator[Upload | DamagedUpload]:
    """Every upload, in order of its asset's id."""
    after: AssetId | None = None
    while page := await inventory.uploads(after, PAGE):
        for upload in page:
            yield upload
        after = page[-1].asset_id
