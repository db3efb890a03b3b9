"""What moves of folders need, on SQLite."""

import sqlite3
from typing import Final
from uuid import UUID

from emo_grpc.assets.adapters.queries.listing import Facet
from emo_grpc.assets.adapters.sqlite.tables import ASSETS
from emo_grpc.assets.domain.folder import names_in, parent_of
from emo_grpc.assets.domain.folder_move import FolderExtent, FolderMove, Place
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.adapters.sqlite.document_table import Row
from emo_grpc.shared.adapters.times import microseconds, time_of
from emo_grpc.shared.domain.ids import UserId

WITH_FACET: Final = f"""
SELECT {ASSETS.columns}, f.create_time FROM (
    SELECT create_time, asset_id FROM asset_facets
    WHERE owner_id = ? AND facet = ? AND value = ? AND (create_time, asset_id) > (?, ?)
    ORDER BY create_time, asset_id LIMIT ?
) AS f CROSS JOIN assets USING (asset_id)
"""  # noqa: S608 - our own column names
COUNT: Final = "SELECT asset_count FROM folder_usage WHERE owner_id = ? AND parent = ? AND folder = ?"
BELOW: Final = """
SELECT count(*), coalesce(sum(asset_count), 0), coalesce(max(length(CAST(folder AS BLOB))), 0),
    coalesce(max(length(folder) - length(replace(folder, '/', '')) + 1), 0) FROM (
    SELECT asset_count, folder FROM folder_usage WHERE owner_id = ?1 AND parent = ?2
    UNION ALL
    SELECT asset_count, folder FROM folder_usage WHERE owner_id = ?1 AND parent > ?2 || '/' AND parent < ?2 || '0'
    LIMIT ?3
)
"""
"""What follows / in the order of code points is 0."""
FIND: Final = "SELECT move_id, asset_count FROM folder_moves WHERE owner_id = ?"
SET: Final = "INSERT OR REPLACE INTO folder_moves (owner_id, move_id, asset_count) VALUES (?, ?, ?)"
END: Final = "DELETE FROM folder_moves WHERE owner_id = ?"

BEFORE_ALL: Final = (-(1 << 63), b"")


def rows_with_facet(
    connection: sqlite3.Connection, owner_id: UserId, facet: Facet, after: Place | None, limit: int
) -> list[tuple[Row, Place]]:
    """The rows of up to `limit` assets that lists find by a facet, in order."""
    place = (microseconds(after.create_time), after.asset_id.value.bytes) if after else BEFORE_ALL
    found = connection.execute(WITH_FACET, (owner_id.value.bytes, *facet, *place, limit))
    return [(row, Place(time_of(time), AssetId(UUID(bytes=row[0])))) for *row, time in found]


def folder_extent(connection: sqlite3.Connection, owner_id: UserId, folder: str, most: int) -> FolderExtent:
    """What is in a folder and below it."""
    owner = owner_id.value.bytes
    row = connection.execute(COUNT, (owner, parent_of(folder), folder)).fetchone()
    if row is None:
        return FolderExtent(0)
    folders, steps, longest, deepest = connection.execute(BELOW, (owner, folder, most)).fetchone()
    longest, deepest = max(longest, len(folder.encode())), max(deepest, names_in(folder))
    return FolderExtent(row[0], folders, steps, longest, deepest)


def find_move(connection: sqlite3.Connection, owner_id: UserId) -> FolderMove | None:
    """The move of an owner's that is under way."""
    row = connection.execute(FIND, (owner_id.value.bytes,)).fetchone()
    return None if row is None else FolderMove(UUID(bytes=row[0]), row[1])


def set_move(connection: sqlite3.Connection, owner_id: UserId, move: FolderMove | None) -> None:
    """Store which move is under way; None: no longer any."""
    owner = owner_id.value.bytes
    if move is None:
        connection.execute(END, (owner,))
    else:
        connection.execute(SET, (owner, move.move_id.bytes, move.left))
