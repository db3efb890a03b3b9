"""A SQLite file that is nobody's yet."""

import sqlite3

from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase


class UnsyncedSqliteDatabase(SqliteDatabase):
    """A file that one process works on before others may know of it; whoever is done with it syncs it.

    Waiting for the disk at each of a million commits would take hours. SQLite leaves all of it in the one file when the
    last connection is closed.
    """

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute("PRAGMA synchronous = OFF")
        return connection
