"""Single statements, to be run by a database or in a transaction."""

import sqlite3
from collections.abc import Callable
from typing import Any

Value = str | int | bytes | None

# Any: each statement has its own columns.
Row = tuple[Any, ...]


def all_rows(sql: str, *values: Value) -> Callable[[sqlite3.Connection], list[Row]]:
    """Gives all rows of a query."""
    return lambda connection: connection.execute(sql, values).fetchall()


def first_row(sql: str, *values: Value) -> Callable[[sqlite3.Connection], Row | None]:
    """Gives the first row of a query, or None."""

    def fetch(connection: sqlite3.Connection) -> Row | None:
        row: Row | None = connection.execute(sql, values).fetchone()
        return row

    return fetch


def only_row(sql: str, *values: Value) -> Callable[[sqlite3.Connection], Row]:
    """Gives the row of a query that always has one."""

    def fetch(connection: sqlite3.Connection) -> Row:
        row: Row = connection.execute(sql, values).fetchone()
        return row

    return fetch


def changed_rows(sql: str, *values: Value) -> Callable[[sqlite3.Connection], int]:
    """Gives how many rows a statement has changed."""
    return lambda connection: connection.execute(sql, values).rowcount
