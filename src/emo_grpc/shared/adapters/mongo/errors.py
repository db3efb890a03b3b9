"""What pymongo raises, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from bson.errors import InvalidDocument
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError

from emo_grpc.shared.domain.errors import ConcurrentChange, EmoError, StorageFull, Unavailable

UNAUTHORIZED: Final = 13
AUTHENTICATION_FAILED: Final = 18
WRITE_CONFLICT: Final = 112
OUT_OF_DISK_SPACE: Final = 14_031
SNAPSHOT_TOO_OLD: Final = 239

NOTHING_STORED: Final = "TransientTransactionError"
"""The label of what undid a transaction; pymongo takes it off a commit that may have come through."""

REFUSALS: Final = (UNAUTHORIZED, AUTHENTICATION_FAILED)
"""What only an operator can mend."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn pymongo's errors into ours. A DuplicateKeyError passes: only a repository knows what it means.

    A document that BSON can't hold, or that is too large, is a mistake of this program: a TypeError.
    """
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        raise _meaning(error) from error
    except InvalidDocument as error:
        kind = type(error).__name__
        raise TypeError(f"MongoDB can't store this document ({kind})") from None  # its text holds values


@contextmanager
def translated_unique() -> Iterator[None]:
    """As `translated`; a duplicate key is a ConcurrentChange, with a writer whom the snapshot does not show."""
    try:
        with translated():
            yield
    except DuplicateKeyError as error:
        raise ConcurrentChange("this was taken at the same moment") from error


def _meaning(error: PyMongoError) -> EmoError:
    if isinstance(error, ConnectionFailure):
        return _lost(error)
    code = _code(error)
    if code == OUT_OF_DISK_SPACE:
        return StorageFull("the database has no room left")
    if code == WRITE_CONFLICT or error.has_error_label(NOTHING_STORED):
        return ConcurrentChange("this was changed at the same moment")
    _report(error, code)
    if code == SNAPSHOT_TOO_OLD:
        return Unavailable("MongoDB forgot the snapshot before it was read; raise minSnapshotHistoryWindowInSeconds")
    return Unavailable("the database could not do it")


def _lost(error: ConnectionFailure) -> EmoError:
    if error.has_error_label(NOTHING_STORED) and not error.timeout:  # pymongo repeats nothing inside a transaction
        return ConcurrentChange("the database undid this when its connection or its primary went")
    return Unavailable("the database does not answer")


def _code(error: PyMongoError) -> int | None:
    """The server's own; of many writes, that of the first that failed."""
    if isinstance(error, BulkWriteError) and (failed := error.details.get("writeErrors")):
        return int(failed[0]["code"])
    return error.code if isinstance(error, OperationFailure) else None


def _report(error: PyMongoError, code: int | None) -> None:
    """Log what the caller is not told, but for the error's text, which may hold values of documents."""
    details = error.details if isinstance(error, OperationFailure) else None
    facts = {"error": type(error).__name__, "code": code, "code_name": (details or {}).get("codeName")}
    log = structlog.get_logger("emo")
    if code in REFUSALS:
        log.error("MongoDB refuses the user in MONGODB_URL what emo needs", **facts)
    else:
        log.warning("MongoDB could not do what was asked", **facts)
