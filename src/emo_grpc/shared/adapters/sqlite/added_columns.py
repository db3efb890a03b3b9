"""Columns that tables of earlier releases lack."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AddedColumn:
    """A column that came later. `definition` is all that follows its name: with a default, for the rows that there are,
    or generated.

    The CREATE of the table has it as well. Earlier releases go on with the table, for they name the columns they know.
    """

    table: str
    name: str
    definition: str


def add_missing(connection: sqlite3.Connection, columns: Sequence[AddedColumn]) -> None:
    """Add those that are missing, if another process does not; a table that is not there yet is left to its CREATE."""
    if not _missing(connection, columns):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for column in _missing(connection, columns):
            connection.execute(f"ALTER TABLE {column.table} ADD COLUMN {column.name} {column.definition}")
        connection.commit()
    finally:
        connection.rollback()


def _missing(connection: sqlite3.Connection, columns: Sequence[AddedColumn]) -> list[AddedColumn]:
    there = {table: _columns(connection, table) for table in {column.table for column in columns}}
    return [column for column in columns if there[column.table] and column.name not in there[column.table]]


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))}
