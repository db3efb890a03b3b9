"""A copy of a SQLite file that is in use."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from emo_grpc.shared.adapters.filesystem.new_file import open_new_file
from emo_grpc.shared.adapters.sqlite.errors import translated

STEP_PAGES: Final = 1_024
"""4 MiB: between two steps, Ctrl-C is noticed."""


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment into a new file, which only its owner may read. Blocking.

    Others may write meanwhile. Without the read transaction around it, SQLite would begin anew with each write of
    another process (https://sqlite.org/c3ref/backup_finish.html). Raises StorageFull, Unavailable, OSError.
    """
    os.close(open_new_file(target))
    with (
        translated(),
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.execute("BEGIN")
        reader.execute("SELECT 1 FROM sqlite_schema").fetchone()  # only a read begins the snapshot
        reader.backup(writer, pages=STEP_PAGES)
