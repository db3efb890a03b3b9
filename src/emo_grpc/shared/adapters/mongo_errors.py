"""What pymongo raises, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError

from emo_grpc.shared.domain.errors import ConcurrentChange, EmoError, StorageFull, Unavailable

WRITE_CONFLICT: Final = 112
OUT_OF_DISK_SPACE: Final = 14_031


@contextmanager
def translated() -> Iterator[None]:
    """Turn pymongo's errors into ours. A DuplicateKeyError passes: only a repository knows what it means."""
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        raise _meaning(error) from error


def _meaning(error: PyMongoError) -> EmoError:
    if isinstance(error, ConnectionFailure):
        return Unavailable(f"the database does not answer ({type(error).__name__})")
    code = error.code if isinstance(error, OperationFailure) else None
    if code == OUT_OF_DISK_SPACE:
        return StorageFull("the database has no room left")
    if code == WRITE_CONFLICT or error.has_error_label("TransientTransactionError"):
        return ConcurrentChange("this was changed at the same moment")
    return Unavailable(f"the database could not do it ({type(error).__name__} {code or ''})")
