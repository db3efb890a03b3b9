"""`emo` that kills itself: `doomed_emo.py STEP SECONDS ARGUMENTS…`.

It dies just before its STEP-th step, which is a piece of SQL inside a transaction, COMMIT too, or the removal of a file
from the store; 0 is never. Its clock is so many seconds ahead. It migrates in small batches, and knows one more past
version of documents, in which two fields were called otherwise.
"""

import itertools
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from unittest.mock import patch

from emo_grpc.shared.adapters.schema_versions import Raw
from emo_grpc.shared.service_layer import clock

T = TypeVar("T")

BATCH: Final = 10
RENAMED: Final = {"assets": ("about", "description"), "users": ("nick", "public_name")}
"""In each table, what a field was called in the past version, and is called now."""


def renamed(table: str, raw: Raw) -> Raw:
    """A document of the past version, with its field as it is called now."""
    old, new = RENAMED[table]
    return {new if name == old else name: value for name, value in raw.items()}


@contextmanager
def older_release() -> Iterator[None]:
    """One that knows documents of the past version, and brings few of them up to date at once."""
    from emo_grpc.assets.adapters.documents import upcasters as assets
    from emo_grpc.shared.service_layer import schema_upgrade
    from emo_grpc.users.adapters.documents import upcasters as users

    past_assets = {assets.ASSET_VERSION - 1: lambda raw: renamed("assets", raw)}
    past_users = {users.USER_VERSION - 1: lambda raw: renamed("users", raw)}
    with (
        patch.dict(assets.UPCASTERS.assets, past_assets),
        patch.dict(users.UPCASTERS.users, past_users),
        patch.object(schema_upgrade, "BATCH", BATCH),
    ):
        yield


@contextmanager
def doom(step: int) -> Iterator[None]:
    """Die at that step."""
    from emo_grpc.assets.adapters.filesystem.durable_files import discard
    from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction

    steps, run, commit = itertools.count(1), SqliteTransaction.run, SqliteTransaction.commit
    later = SqliteTransaction.later

    def count() -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    async def run_or_die(transaction: SqliteTransaction, work: Callable[[sqlite3.Connection], T]) -> T:
        count()
        return await run(transaction, work)

    def later_or_die(transaction: SqliteTransaction, work: Callable[[sqlite3.Connection], object]) -> None:
        count()
        later(transaction, work)

    async def commit_or_die(transaction: SqliteTransaction) -> None:
        count()
        await commit(transaction)

    def discard_or_die(folder: Path, trash: Path, home: Path) -> None:
        count()
        discard(folder, trash, home)

    with (
        patch.object(SqliteTransaction, "run", run_or_die),
        patch.object(SqliteTransaction, "later", later_or_die),
        patch.object(SqliteTransaction, "commit", commit_or_die),
        patch("emo_grpc.assets.adapters.filesystem.blob_store.discard", discard_or_die),
    ):
        yield


if __name__ == "__main__":
    last_step, ahead = int(sys.argv.pop(1)), timedelta(seconds=float(sys.argv.pop(1)))
    clock.utc_now = lambda: datetime.now(UTC) + ahead
    from emo_grpc.__main__ import main

    with older_release(), doom(last_step):
        main()
