"""SQLite's errors, and what they mean to us."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from emo_grpc.shared.domain.errors import ConcurrentChange, EmoError, StorageFull, Unavailable

FULL: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)
BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

log = logging.getLogger(__name__)


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into ours. An IntegrityError passes: only a repository knows what it means."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise meaning(error) from error


def meaning(error: sqlite3.Error) -> EmoError:
    """Our error for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in FULL or code & 0xFF == sqlite3.SQLITE_FULL:
        return StorageFull("the database has no room left")
    if code & 0xFF in BUSY:
        return ConcurrentChange("the database is busy with another process")
    log.warning("the database does not answer: %s", getattr(error, "sqlite_errorname", type(error).__name__))
    return Unavailable("the database does not answer")
