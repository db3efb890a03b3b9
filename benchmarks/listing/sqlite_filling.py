"""Fills the SQLite file of a server that is not running, as if each asset had been saved there.

Assets are written as the repository does. Counters and indexes, which cost most of the time of so many, are made once
at the end; a test holds the outcome against that of real saves.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path

from benchmarks.listing.repeating import repeat_assets
from benchmarks.listing.vault import EVERY, TRASHED_OF, Vault
from emo_grpc.assets.adapters.sqlite.assets import insert_asset
from emo_grpc.assets.adapters.sqlite.schema import ALL_OWNERS, SCHEMA
from emo_grpc.assets.domain.folder import TOP, labels_of, parent_of
from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME
from emo_grpc.shared.adapters.sqlite.unsynced import UnsyncedSqliteDatabase
from emo_grpc.shared.adapters.times import MICROSECOND

TABLES = ("assets", "asset_owners", "asset_facets", "asset_facet_counts", "asset_metadata", "asset_trash")
LATER = f"""
SELECT type, name FROM sqlite_schema
WHERE tbl_name IN ({", ".join("?" * len(TABLES))}) AND sql IS NOT NULL AND type IN ('index', 'trigger')
"""
COUNTS = """
DELETE FROM asset_facet_counts;
DELETE FROM asset_usage;
DELETE FROM metadata_usage;
DELETE FROM folder_usage;
INSERT INTO asset_facet_counts SELECT owner_id, facet, value, count(*) FROM asset_facets GROUP BY 1, 2, 3;
INSERT INTO asset_usage SELECT owner_id, kind, count(*), sum(complete_bytes), sum(reserved_bytes)
    FROM asset_owners GROUP BY 1, 2;
INSERT INTO metadata_usage SELECT owner_id, count(*), sum(metadata_bytes), sum(is_pending)
    FROM asset_metadata GROUP BY 1;
"""
IN_FOLDERS = """
SELECT owner_id, folder, count(*), sum(complete_bytes) FROM asset_owners
WHERE folder IS NOT NULL AND owner_id <> ? GROUP BY 1, 2
"""
ADD_FOLDER = """
INSERT INTO folder_usage (owner_id, parent, folder, asset_count, complete_bytes, own_count, own_bytes)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class FillingDatabase(UnsyncedSqliteDatabase):
    """Has room in memory for what a large fill touches."""

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA cache_size = -2000000")
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection


async def fill_sqlite(data: Path, vaults: Sequence[tuple[Vault, int]]) -> None:
    """Save so many assets of each vault in the file of a server that was there before."""
    database = FillingDatabase(data / DATABASE_NAME, ())
    await database.open()
    try:
        await database.run_on_writer(_drop)
        for vault, count in sorted(vaults, key=itemgetter(1), reverse=True):
            await database.run_on_writer(partial(_add, vault, count))
        await database.run_on_writer(_complete)
    finally:
        await database.close()


def _drop(connection: sqlite3.Connection) -> None:
    for kind, name in connection.execute(LATER, TABLES).fetchall():
        connection.execute(f"DROP {kind} {name}")


def _add(vault: Vault, count: int, connection: sqlite3.Connection) -> None:
    turns, left = divmod(count + count // TRASHED_OF, vault.pattern)
    if turns and left:
        raise SystemExit(f"more than 100,000 assets must be a multiple of that, not {count:,}")
    connection.execute("BEGIN")
    for asset in vault.assets(vault.pattern * TRASHED_OF // (TRASHED_OF + 1) if turns > 1 else count):
        insert_asset(connection, asset)
    for turn in range(1, turns):
        repeat_assets(connection, turn, turn * vault.pattern * EVERY // MICROSECOND)
    connection.execute("COMMIT")


def _complete(connection: sqlite3.Connection) -> None:
    connection.executescript(COUNTS)
    connection.execute("BEGIN")
    connection.executemany(ADD_FOLDER, _folder_counts(connection))
    connection.execute("COMMIT")
    connection.executescript(SCHEMA)


def _folder_counts(connection: sqlite3.Connection) -> list[tuple[bytes, str, str, int, int, int, int]]:
    below: defaultdict[tuple[bytes, str], Counter[str]] = defaultdict(Counter)
    for owner_id, folder, count, size in connection.execute(IN_FOLDERS, (ALL_OWNERS,)):
        for each in (TOP, *labels_of(folder)):
            below[owner_id, each].update(count=count, size=size)
        below[owner_id, folder].update(own_count=count, own_size=size)
    return [
        (owner_id, parent_of(folder), folder, each["count"], each["size"], each["own_count"], each["own_size"])
        for (owner_id, folder), each in below.items()
    ]
