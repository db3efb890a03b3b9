"""Stored rows as aggregates, or what is left of a damaged one, on SQLite."""

import sqlite3
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.documents.codec import (
    UNREADABLE,
    UPCASTERS,
    asset_from,
    parse_asset,
    parse_upload,
    upload_from,
)
from emo_grpc.assets.adapters.sqlite.schema import EVERYBODY
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.domain.ids import UserId

COLUMNS: Final = "asset_id, version, blob_key, CAST(document AS BLOB)"
"""Those of assets and of uploads. As text, one with bytes that are no UTF-8 would fail the whole query."""

OWNERS: Final = "SELECT owner_id FROM asset_owners WHERE asset_id = ? AND owner_id <> ?"

Row = tuple[bytes, int, bytes | None, bytes]


def asset_in(connection: sqlite3.Connection, row: Row, upcasters: Upcasters = UPCASTERS.assets) -> Asset | DamagedAsset:
    """The asset of a row."""
    asset_id, version, blob_key, document = row
    try:
        return asset_from(parse_asset(document, upcasters), version)
    except UNREADABLE:
        return DamagedAsset(
            version=version,
            asset_id=AssetId(UUID(bytes=asset_id)),
            owner_ids=tuple(
                UserId(UUID(bytes=owner)) for (owner,) in connection.execute(OWNERS, (asset_id, EVERYBODY))
            ),
            blob_key=None if blob_key is None else BlobKey(UUID(bytes=blob_key)),
        )


def upload_in(row: Row, upcasters: Upcasters = UPCASTERS.uploads) -> Upload | DamagedUpload:
    """The upload of a row, with no new receipts."""
    asset_id, version, blob_key, document = row
    try:
        return upload_from(parse_upload(document, upcasters), version)
    except UNREADABLE:
        return DamagedUpload(
            version=version, asset_id=AssetId(UUID(bytes=asset_id)), blob_key=BlobKey(UUID(bytes=blob_key))
        )
