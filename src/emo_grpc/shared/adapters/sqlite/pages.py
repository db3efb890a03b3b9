"""Pages of lists whose latest item comes first, on SQLite.

Their table has a column `create_time` of text, as `time_text` writes it.
"""

import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

from emo_grpc.shared.adapters.document_kind import Damaged, Id, Whole
from emo_grpc.shared.adapters.schema_versions import UNREADABLE
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.shared.adapters.sqlite.document_table import DocumentTable
from emo_grpc.shared.adapters.sqlite.statements import Value
from emo_grpc.shared.adapters.times import time_text
from emo_grpc.shared.service_layer.page_tokens import Cursor
from emo_grpc.shared.service_layer.pages import Dated, Page, after_cursor, page_of

BEFORE_ALL: Final = ("9999", "")
"""Sorts after every time there is, so a descending list begins with the latest."""

Shown = TypeVar("Shown", bound=Dated)


def latest_sql(table: DocumentTable[Id, Whole, Damaged], where: str = "TRUE") -> str:
    """SQL for `latest`: the rows for which `where` holds."""
    item = table.kind.id_name
    return (
        f"SELECT {table.columns}, create_time FROM {table.kind.name}"  # noqa: S608 - our own names
        f" WHERE {where} AND (create_time, {item}) < (?, ?) ORDER BY create_time DESC, {item} DESC LIMIT ?"
    )


async def latest(
    database: SqliteDatabase,
    table: DocumentTable[Id, Whole, Damaged],
    view: Callable[[Whole], Shown],
    sql: str,
    *values: Value,
    limit: int,
    after: Cursor | None,
) -> Page[Shown]:
    """The page that follows the one with the cursor `after`, in one statement; `values` are those of its `where`."""
    last = after_cursor(after)
    key = (time_text(last[0]), table.key_of(table.kind.id_type(last[1]))) if last else BEFORE_ALL

    def read(connection: sqlite3.Connection) -> Page[Shown]:
        rows = connection.execute(sql, (*values, *key, limit + 1)).fetchall()
        found = [(table.read(connection, row, damage=UNREADABLE), create_time) for *row, create_time in rows]
        return page_of([table.kind.listed(stored, view, create_time) for stored, create_time in found], limit)

    return await database.read(read)
