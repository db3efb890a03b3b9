"""The queries of folders on SQLite."""

import sqlite3
from typing import Final

from emo_grpc.assets.adapters.sqlite.folder_moves import find_move
from emo_grpc.assets.domain.folder import TOP, parent_of
from emo_grpc.assets.domain.folder_errors import FolderNotFound
from emo_grpc.assets.domain.folder_move import FolderMove
from emo_grpc.assets.service_layer.folder_views import FolderPage, FolderQuery, FolderView, folder_page, name_after
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.domain.ids import UserId

_COUNTED: Final = "SELECT folder, asset_count, complete_bytes, own_count, own_bytes FROM folder_usage"
FOLDER: Final = f"{_COUNTED} WHERE owner_id = ? AND parent = ? AND folder = ?"
SUBFOLDERS: Final = f"{_COUNTED} WHERE owner_id = ? AND parent = ? AND folder > ? ORDER BY folder LIMIT ?"


class SqliteFolderViews:
    """Reads the counters that triggers keep."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def folders(self, query: FolderQuery) -> FolderPage:
        """A range of the table."""
        return await self._database.read(lambda connection: _folders(connection, query))

    async def folder_move(self, owner_id: UserId) -> FolderMove | None:
        """A row for each owner."""
        return await self._database.look_up(lambda connection: find_move(connection, owner_id))


def _folders(connection: sqlite3.Connection, query: FolderQuery) -> FolderPage:
    owner, folder = query.owner_id.value.bytes, query.folder
    own = connection.execute(FOLDER, (owner, parent_of(folder), folder)).fetchone()
    if own is None and folder != TOP:
        raise FolderNotFound(folder)
    rows = connection.execute(SUBFOLDERS, (owner, folder, name_after(query), query.limit + 1))
    below = [FolderView(*row) for row in rows]
    return folder_page(folder, below, query.limit, FolderView(*own) if own else None)
