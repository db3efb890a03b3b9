"""Stored records as aggregates, or what is left of a damaged one, on MongoDB."""

from typing import Final

from emo_grpc.assets.adapters.documents.codec import (
    UNREADABLE,
    UPCASTERS,
    asset_from,
    current_asset,
    current_upload,
    upload_from,
)
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.domain.ids import UserId

STORED: Final = {"version": True, "document": True, "owner_ids": True, "blob_key": True}


def asset_in(record: Document, upcasters: Upcasters = UPCASTERS.assets) -> Asset | DamagedAsset:
    """The asset of a record."""
    try:
        return asset_from(current_asset(record["document"], upcasters), record["version"])
    except UNREADABLE:
        blob_key = record.get("blob_key")
        return DamagedAsset(
            version=record["version"],
            asset_id=AssetId(record["_id"]),
            owner_ids=tuple(UserId(owner_id) for owner_id in record["owner_ids"]),
            blob_key=None if blob_key is None else BlobKey(blob_key),
        )


def upload_in(record: Document, upcasters: Upcasters = UPCASTERS.uploads) -> Upload | DamagedUpload:
    """The upload of a record, with no new receipts."""
    try:
        return upload_from(current_upload(record["document"], upcasters), record["version"])
    except UNREADABLE:
        return DamagedUpload(
            version=record["version"], asset_id=AssetId(record["_id"]), blob_key=BlobKey(record["blob_key"])
        )
