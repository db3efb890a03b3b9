"""The tables of documents of this context, on SQLite."""

import sqlite3
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from emo_grpc.assets.adapters.documents.asset import ASSET
from emo_grpc.assets.adapters.documents.upload import UPLOAD
from emo_grpc.assets.adapters.sqlite.schema import ALL_OWNERS
from emo_grpc.assets.adapters.sqlite.trash import TRASH
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.sqlite.document_table import DocumentTable, Row
from emo_grpc.shared.domain.ids import UserId

OWNERS: Final = "SELECT owner_id FROM asset_owners WHERE asset_id = ? AND owner_id NOT IN (?, ?)"


def not_wrapped_with(table: DocumentTable[Any, Any, Any]) -> str:
    """SQL for rows with another kek_id, which is given twice: two ranges of an index, below and above it."""
    return f"{table.select('kek_id < ?')} UNION ALL {table.select('kek_id > ?')} LIMIT ?"


def _damaged_asset(connection: sqlite3.Connection, row: Row) -> DamagedAsset:
    asset_id, version, blob_key, _ = row
    return DamagedAsset(
        version=version,
        asset_id=ASSET.id_from(asset_id),
        owner_ids=tuple(_owner_of(name) for (name,) in connection.execute(OWNERS, (asset_id, ALL_OWNERS, TRASH))),
        blob_key=None if blob_key is None else BlobKey(UUID(bytes=blob_key)),
    )


def _owner_of(list_name: bytes) -> UserId:
    return UserId(UUID(bytes=list_name[-16:]))


def _damaged_upload(_connection: sqlite3.Connection, row: Row) -> DamagedUpload:
    asset_id, version, blob_key, _ = row
    return DamagedUpload(version=version, asset_id=UPLOAD.id_from(asset_id), blob_key=BlobKey(UUID(bytes=blob_key)))


ID_BYTES: Final = attrgetter("value.bytes")
ASSETS: Final[DocumentTable[AssetId, Asset, DamagedAsset]] = DocumentTable(ASSET, ID_BYTES, "blob_key", _damaged_asset)
UPLOADS: Final[DocumentTable[AssetId, Upload, DamagedUpload]] = DocumentTable(
    UPLOAD, ID_BYTES, "blob_key", _damaged_upload
)
