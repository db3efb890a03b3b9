"""What the memory adapters of this context keep: documents beside their versions, as the databases do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from emo_grpc.assets.adapters.documents.asset import asset_from_document
from emo_grpc.assets.adapters.documents.shapes import AssetDocument, UploadDocument
from emo_grpc.assets.adapters.documents.upload import upload_from_document
from emo_grpc.assets.domain.asset import Asset, AssetState
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.domain.usage import Usage, reserved_bytes_of
from emo_grpc.shared.domain.ids import UserId


@dataclass(frozen=True, slots=True)
class StoredAsset:
    """A row of the table of assets."""

    version: int
    document: AssetDocument

    def asset(self) -> Asset:
        """A fresh aggregate."""
        return asset_from_document({**self.document}, self.version)


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A row of the table of uploads."""

    version: int
    document: UploadDocument
    receipts: tuple[str, ...]

    def upload(self) -> Upload:
        """A fresh aggregate."""
        return upload_from_document({**self.document}, self.version)


ASSETS: Final = "assets"
UPLOADS: Final = "uploads"
REMOVED_OWNERS: Final = "removed_owners"
Assets = Mapping[AssetId, StoredAsset]
Uploads = Mapping[AssetId, StoredUpload]


def usage(assets: Assets, uploads: Uploads, owner_id: UserId) -> Usage:
    """What counts against a user's limits; reads everything."""
    all_assets = (stored.asset() for stored in assets.values())
    owned = [asset for asset in all_assets if owner_id in asset.owner_ids]
    return Usage(
        reserved_bytes=sum(reserved_bytes_of(asset.file.size_bytes, _persisted(uploads, asset)) for asset in owned),
        metadata_bytes=sum(asset.metadata_bytes for asset in owned),
        pending_count=sum(asset.is_pending for asset in owned),
    )


def _persisted(uploads: Uploads, asset: Asset) -> int:
    stored = uploads.get(asset.asset_id)
    return 0 if stored is None or asset.state is AssetState.READY else stored.document["persisted_size"]
