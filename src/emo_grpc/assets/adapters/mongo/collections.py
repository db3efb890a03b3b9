"""The collections of documents of this context, on MongoDB."""

from operator import attrgetter
from typing import Final

from emo_grpc.assets.adapters.documents.asset import ASSET
from emo_grpc.assets.adapters.documents.upload import UPLOAD
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.ids import UserId

STORED: Final = {"version": True, "document": True, "owner_ids": True, "blob_key": True}
ID: Final = attrgetter("value")


def wrapped_with_another(kek_id: str) -> Document:
    """Has a data key that is not wrapped with this key-encryption key: two ranges of an index, below and above it."""
    return {"$or": [{"kek_id": {"$lt": kek_id}}, {"kek_id": {"$gt": kek_id}}]}


def _damaged_asset(record: Document, version: int) -> DamagedAsset:
    blob_key = record.get("blob_key")
    return DamagedAsset(
        version=version,
        asset_id=AssetId(record["_id"]),
        owner_ids=tuple(UserId(owner_id) for owner_id in record["owner_ids"]),
        blob_key=None if blob_key is None else BlobKey(blob_key),
    )


def _damaged_upload(record: Document, version: int) -> DamagedUpload:
    return DamagedUpload(version=version, asset_id=AssetId(record["_id"]), blob_key=BlobKey(record["blob_key"]))


ASSETS: Final[DocumentCollection[AssetId, Asset, DamagedAsset]] = DocumentCollection(ASSET, ID, STORED, _damaged_asset)
UPLOADS: Final[DocumentCollection[AssetId, Upload, DamagedUpload]] = DocumentCollection(
    UPLOAD, ID, STORED, _damaged_upload
)
