"""A table of documents."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic

from emo_grpc.shared.adapters.document_kind import Damaged, DocumentKind, Id, Whole
from emo_grpc.shared.adapters.json_documents import parse_document
from emo_grpc.shared.adapters.schema_versions import DAMAGED, Errors, Upcasters, from_outdated
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase

Row = tuple[Any, int, Any, bytes]
"""Id, version, what else is needed of a damaged one, and the document. Any: each context has its own columns."""

BEFORE_ALL: Final = ""
"""Sorts before every id: in SQLite also before every blob."""


@dataclass(frozen=True, slots=True)
class DocumentTable(Generic[Id, Whole, Damaged]):
    """A row for each aggregate: its JSON document beside its id, its version, and what queries need.

    `key_of` says how an id is stored. Of a row whose document can't be read, `damaged` makes what is left; for that
    it is given the column, or expression, `beside`.
    """

    kind: DocumentKind[Id, Whole, Damaged]
    key_of: Callable[[Id], str | bytes]
    beside: str
    damaged: Callable[[sqlite3.Connection, Row], Damaged]

    @property
    def columns(self) -> str:
        """Those of a Row. As text, a document with bytes that are no UTF-8 could be taken for another one."""
        return f"{self.kind.id_name}, version, {self.beside}, CAST(document AS BLOB)"

    @property
    def by_id(self) -> str:
        """SQL for the row with an id."""
        return self.select(f"{self.kind.id_name} = ?")

    @property
    def after(self) -> str:
        """SQL for the rows that follow an id, in order, up to a limit."""
        return self.select(f"{self.kind.id_name} > ? ORDER BY {self.kind.id_name} LIMIT ?")

    @property
    def outdated(self) -> str:
        """SQL for the rows of other schema versions, up to a limit."""
        return f"SELECT {self.columns} {self._from_outdated} LIMIT ?"

    @property
    def is_outdated(self) -> str:
        """SQL for whether the row with an id is of another schema version."""
        return f"SELECT EXISTS (SELECT 1 {self._from_outdated} AND {self.kind.id_name} = ?)"

    @property
    def count_outdated(self) -> str:
        """SQL for their number."""
        return f"SELECT count(*) {self._from_outdated}"

    def select(self, condition: str) -> str:
        """SQL for rows under this condition, and what follows it."""
        return f"SELECT {self.columns} FROM {self.kind.name} WHERE {condition}"  # noqa: S608 - our own names

    def read(
        self, connection: sqlite3.Connection, row: Row, upcasters: Upcasters | None = None, damage: Errors = DAMAGED
    ) -> Whole | Damaged:
        """The aggregate of a row; what raises one of `damage` while it is read counts as damaged."""
        _, version, _, document = row
        upcasters = self.kind.upcasters if upcasters is None else upcasters
        try:
            return self.kind.from_document(parse_document(document), version, upcasters)
        except damage:
            return self.damaged(connection, row)

    async def page(self, database: SqliteDatabase, after: Id | None, limit: int) -> list[Whole | Damaged]:
        """The next aggregates in order of their ids, in one statement."""
        values = (BEFORE_ALL if after is None else self.key_of(after), limit)

        def read(connection: sqlite3.Connection) -> list[Whole | Damaged]:
            rows: list[Row] = connection.execute(self.after, values).fetchall()
            return [self.kind.under(row[0], self.read(connection, row)) for row in rows]

        return await database.read(read)

    @property
    def _from_outdated(self) -> str:
        return from_outdated(self.kind.name, self.kind.schema_version)


async def count_outdated(database: SqliteDatabase, *tables: DocumentTable[Any, Any, Any]) -> int:
    """How many rows of these tables are of other schema versions: the length of an index for each."""
    queries = [table.count_outdated for table in tables]
    return await database.read(lambda connection: sum(connection.execute(query).fetchone()[0] for query in queries))
