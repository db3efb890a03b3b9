"""What has happened to assets."""

from dataclasses import dataclass

from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.shared.domain.messages import Event


@dataclass(frozen=True, slots=True)
class AssetDeleted(Event):
    """An asset with a complete file is gone, and its key; the bytes have to follow."""

    asset_id: AssetId
    blob_key: BlobKey


@dataclass(frozen=True, slots=True)
class UploadDropped(Event):
    """What an upload has stored is of no use any more."""

    asset_id: AssetId
    blob_key: BlobKey
    upload_handle: str
