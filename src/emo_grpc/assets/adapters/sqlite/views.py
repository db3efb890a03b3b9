"""The queries of this context on SQLite."""

import sqlite3
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.documents.asset import stored_asset
from emo_grpc.assets.adapters.documents.projections import asset_view, download_view, owned_by, reading, upload_view
from emo_grpc.assets.adapters.queries.batch_builder import BatchBuilder
from emo_grpc.assets.adapters.queries.matching import all_ids
from emo_grpc.assets.adapters.queries.page_builder import PageBuilder
from emo_grpc.assets.adapters.sqlite.folder_views import SqliteFolderViews
from emo_grpc.assets.adapters.sqlite.found import found_ids, found_page, shown
from emo_grpc.assets.adapters.sqlite.labels import SqliteLabelViews
from emo_grpc.assets.adapters.sqlite.page import ids_sql, is_straight, page_sql
from emo_grpc.assets.adapters.sqlite.tables import ASSETS, UPLOADS
from emo_grpc.assets.adapters.sqlite.trash import trash_of
from emo_grpc.assets.domain.errors import AssetNotFound, AssetRecordCorrupt
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.stats import AssetStats, KindStats, TrashStats
from emo_grpc.assets.service_layer.views import AssetBatch, AssetQuery, AssetView, DownloadView, TagCount, UploadView
from emo_grpc.shared.adapters.sqlite.document_table import count_outdated
from emo_grpc.shared.adapters.sqlite.statements import Row, all_rows, first_row
from emo_grpc.shared.adapters.times import time_of
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Page

OWNED: Final = """
    SELECT a.version, CAST(a.document AS BLOB) FROM asset_owners AS o CROSS JOIN assets AS a ON a.asset_id = o.asset_id
    WHERE o.asset_id = ? AND o.owner_id IN (?, ?)
"""
OWNED_WITH_UPLOAD: Final = """
    SELECT CAST(a.document AS BLOB), u.persisted_size, u.expire_time
    FROM asset_owners AS o CROSS JOIN assets AS a ON a.asset_id = o.asset_id
    LEFT JOIN uploads AS u ON u.asset_id = o.asset_id
    WHERE o.asset_id = ? AND o.owner_id IN (?, ?)
"""
USAGE: Final = "SELECT kind, asset_count, complete_bytes, reserved_bytes FROM asset_usage WHERE owner_id = ?"
TRASHED: Final = """
    SELECT coalesce(sum(asset_count), 0), coalesce(sum(reserved_bytes), 0) FROM asset_usage WHERE owner_id = ?
"""
METADATA: Final = """
    SELECT coalesce(sum(metadata_bytes), 0), coalesce(sum(pending_count), 0) FROM metadata_usage WHERE owner_id = ?
"""
TAG_CLOUD: Final = """
    SELECT value, asset_count FROM asset_facet_counts WHERE owner_id = ? AND facet = 'tag'
    ORDER BY asset_count DESC, value LIMIT ?
"""


class SqliteAssetViews(SqliteFolderViews, SqliteLabelViews):
    """Each read is of one snapshot."""

    async def asset(self, asset_id: AssetId, owner_id: UserId) -> AssetView:
        """One asset."""
        version, document = await self._owned(OWNED, asset_id, owner_id)
        with reading(asset_id):
            return asset_view(owned_by(owner_id, stored_asset(document)), version)

    async def assets(self, asset_ids: Sequence[AssetId], owner_id: UserId) -> AssetBatch:
        """Point reads, of one snapshot."""
        return await self._database.read(lambda connection: _batch(connection, asset_ids, owner_id))

    async def matching_ids(self, query: AssetQuery) -> list[AssetId]:
        """The keys of a page, without its documents, or of pages one after another."""
        return await all_ids(query, lambda page: self._database.read(lambda connection: _ids(connection, page)))

    async def upload(self, asset_id: AssetId, owner_id: UserId) -> UploadView:
        """How far its file has come."""
        document, persisted_size, expire_time = await self._owned(OWNED_WITH_UPLOAD, asset_id, owner_id)
        expires = None if expire_time is None else time_of(expire_time)
        with reading(asset_id):
            return upload_view(owned_by(owner_id, stored_asset(document)), persisted_size or 0, expires)

    async def download(self, asset_id: AssetId, owner_id: UserId) -> DownloadView:
        """What its download needs."""
        _, document = await self._owned(OWNED, asset_id, owner_id)
        with reading(asset_id):
            return download_view(owned_by(owner_id, stored_asset(document)))

    async def page(self, query: AssetQuery) -> Page[AssetView]:
        """A page."""
        return await self._database.read(lambda connection: _page(connection, query))

    async def stats(self, owner_id: UserId) -> AssetStats:
        """At most two rows for each kind."""

        def read(connection: sqlite3.Connection) -> AssetStats:
            values = (owner_id.value.bytes,)
            rows = {AssetKind(row[0]): row for row in connection.execute(USAGE, values)}
            metadata_bytes, pending_count = connection.execute(METADATA, values).fetchone()
            trash = TrashStats(*connection.execute(TRASHED, (trash_of(owner_id),)).fetchone())
            reserved_bytes = sum(row[3] for row in rows.values()) + trash.reserved_bytes
            return AssetStats(
                kinds=[KindStats(kind, rows[kind][1], rows[kind][2]) for kind in AssetKind if kind in rows],
                usage=Usage(reserved_bytes, metadata_bytes, pending_count),
                trash=trash,
            )

        return await self._database.read(read)

    async def tag_cloud(self, owner_id: UserId, limit: int) -> list[TagCount]:
        """The first rows of an index."""
        rows = await self._database.read(all_rows(TAG_CLOUD, owner_id.value.bytes, limit))
        return [TagCount(tag, count) for tag, count in rows]

    async def outdated(self) -> int:
        """The length of two indexes."""
        return await count_outdated(self._database, ASSETS, UPLOADS)

    async def _owned(self, query: str, asset_id: AssetId, owner_id: UserId) -> Row:
        values = (asset_id.value.bytes, owner_id.value.bytes, trash_of(owner_id))
        row = await self._database.look_up(first_row(query, *values))
        if row is None:
            raise AssetNotFound
        return row


def _batch(connection: sqlite3.Connection, asset_ids: Sequence[AssetId], owner_id: UserId) -> AssetBatch:
    batch = BatchBuilder(asset_ids)
    for asset_id in asset_ids:
        row = connection.execute(OWNED, (asset_id.value.bytes, owner_id.value.bytes, trash_of(owner_id))).fetchone()
        if not batch.add(AssetNotFound() if row is None else _of_owner(asset_id, owner_id, row)):
            break
    return batch.build()


def _of_owner(asset_id: AssetId, owner_id: UserId, row: Row) -> AssetView | AssetRecordCorrupt:
    version, document = row
    try:
        with reading(asset_id):
            return asset_view(owned_by(owner_id, stored_asset(document)), version)
    except AssetRecordCorrupt as error:
        return error


def _page(connection: sqlite3.Connection, query: AssetQuery) -> Page[AssetView]:
    if not is_straight(connection, query):
        return found_page(connection, query)
    sql = page_sql(query)
    page = PageBuilder(query.limit)
    for key, asset_id, version, document in connection.execute(sql.text, sql.values):
        if not page.add((key, str(UUID(bytes=asset_id))), shown(asset_id, version, document)):
            break
    return page.build()


def _ids(connection: sqlite3.Connection, query: AssetQuery) -> tuple[list[AssetId], Cursor | None]:
    if not is_straight(connection, query):
        return found_ids(connection, query)
    sql = ids_sql(query)
    return [AssetId(UUID(bytes=asset_id)) for (asset_id,) in connection.execute(sql.text, sql.values)], None
