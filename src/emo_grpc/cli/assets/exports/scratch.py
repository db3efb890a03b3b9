"""Room on a disk for what has to be remembered of any number of assets."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path


@contextmanager
def opened_scratch(folder: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """A database in a file in `folder`, which only this user may read, and which is gone at the end, or when killed.

    Threads may use it one after another, and none while it is closed. From Python 3.12 on, the same SQL of two at once
    is one statement, and either may get what the other one asked for. Blocking. Raises OSError.
    """
    handle, name = tempfile.mkstemp(prefix=".emo-", suffix=".part", dir=folder)
    os.close(handle)
    path = Path(name)
    try:
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
            # Nothing of it is needed after a crash: no journal, and one transaction that is never committed.
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN EXCLUSIVE;")
            for statement in filter(str.strip, schema.split(";")):
                connection.execute(statement)
            with suppress(OSError):  # Windows removes no open file
                path.unlink()
            yield connection
    finally:
        path.unlink(missing_ok=True)
