"""The key-encryption keys in use, on SQLite."""

import sqlite3
from typing import Final

# One step in the index for each different key, however many files there are: DISTINCT would read the whole index.
_USED: Final = """
WITH RECURSIVE used (kek_id) AS (
    VALUES ('')
    UNION ALL
    SELECT (SELECT min({table}.kek_id) FROM {table} WHERE {table}.kek_id > used.kek_id) FROM used
        WHERE used.kek_id IS NOT NULL
)
SELECT kek_id FROM used WHERE kek_id > ''
"""


def used_kek_ids(connection: sqlite3.Connection) -> frozenset[str]:
    """The ids of all keys that a file, complete or not, has its data key wrapped with."""
    return frozenset(
        kek_id for table in ("assets", "uploads") for (kek_id,) in connection.execute(_USED.format(table=table))
    )
