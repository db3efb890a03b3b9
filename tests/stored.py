"""The database of a data folder, behind the back of the service that has it open."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from emo_grpc.bootstrap.sqlite_engine import DATABASE_NAME


@contextmanager
def stored(folder: Path) -> Iterator[sqlite3.Connection]:
    """Read and change it; what was changed is committed at the end."""
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection, connection:
        yield connection
