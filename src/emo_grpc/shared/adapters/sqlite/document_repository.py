"""A repository over a table of documents."""

import sqlite3
from abc import abstractmethod
from collections.abc import Callable
from copy import copy
from typing import ClassVar

from emo_grpc.shared.adapters.document_kind import Damaged, Id, Whole
from emo_grpc.shared.adapters.document_repository import DocumentRepository, changed, require_one
from emo_grpc.shared.adapters.schema_versions import DAMAGED, Errors, Upcasters
from emo_grpc.shared.adapters.sqlite.document_table import DocumentTable, Row
from emo_grpc.shared.adapters.sqlite.statements import Value, changed_rows
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.unit_of_work import Track


class SqliteDocumentRepository(DocumentRepository[Id, Whole, Damaged]):
    """A transaction is the only writer of the file, so what is read in it holds until the commit.

    `_tells_at_once`: what is wrong with an aggregate, such as a name that is taken, comes from `add` and `save`, and
    not just from what follows them. That costs a way to the writer's thread.
    """

    _tells_at_once: ClassVar = True

    def __init__(
        self,
        table: DocumentTable[Id, Whole, Damaged],
        transaction: SqliteTransaction,
        track: Track,
        upcasters: Upcasters,
    ) -> None:
        super().__init__(table.kind, track, upcasters)
        self._table = table
        self._transaction = transaction

    async def outdated(self, limit: int) -> list[Whole | Damaged]:
        """Some that are stored as another release does."""
        return await self._select(self._table.outdated, limit)

    @abstractmethod
    def _insert_row(self, connection: sqlite3.Connection, aggregate: Whole) -> None:
        """As `_insert`; an IntegrityError is taken for a ConcurrentChange."""

    @abstractmethod
    def _update_row(self, connection: sqlite3.Connection, aggregate: Whole) -> None:
        """As `_update`."""

    async def _find(self, identifier: Id, damage: Errors) -> Whole | Damaged | None:
        found = await self._select(self._table.by_id, self._table.key_of(identifier), damage=damage)
        return found[0] if found else None

    async def _select(self, sql: str, *values: Value, damage: Errors = DAMAGED) -> list[Whole | Damaged]:
        def read(connection: sqlite3.Connection) -> list[Whole | Damaged]:
            rows: list[Row] = connection.execute(sql, values).fetchall()
            return [self._table.read(connection, row, self._upcasters, damage) for row in rows]

        return await self._transaction.run(read)

    async def _insert(self, aggregate: Whole) -> None:
        await self._write(self._insert_row, aggregate)

    async def _update(self, aggregate: Whole) -> None:
        await self._write(self._update_row, aggregate)

    async def _write(self, write: Callable[[sqlite3.Connection, Whole], None], aggregate: Whole) -> None:
        as_it_is = copy(aggregate)  # which goes on to its next version before this is written

        def job(connection: sqlite3.Connection) -> None:
            try:
                write(connection, as_it_is)
            except sqlite3.IntegrityError as error:
                raise changed() from error

        if self._tells_at_once:
            await self._transaction.run(job)
        else:
            self._transaction.later(job)

    async def _execute(self, sql: str, *values: Value) -> int:
        """Run a statement; gives how many rows it changed."""
        return await self._transaction.run(changed_rows(sql, *values))

    async def _delete(self, stored: Whole | Damaged) -> None:
        """Remove its row; raises ConcurrentChange if another version is stored."""
        sql = f"DELETE FROM {self._kind.name} WHERE {self._kind.id_name} = ? AND version = ?"  # noqa: S608 - our own names
        require_one(await self._execute(sql, self._table.key_of(self._kind.id_of(stored)), stored.version))
        self._track(stored)
