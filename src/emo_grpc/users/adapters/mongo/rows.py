"""What documents of several collections have in common."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import DuplicateKeyError

from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.users.domain.user import UserState


def require_one(count: int) -> None:
    """Raise ConcurrentChange unless just one document was as it was read."""
    if count != 1:
        raise ConcurrentChange("this was changed at the same moment")


@contextmanager
def translated_unique() -> Iterator[None]:
    """As `translated`; a duplicate key is a ConcurrentChange, by somebody whom the snapshot does not show."""
    try:
        with translated():
            yield
    except DuplicateKeyError as error:
        raise ConcurrentChange("this was taken at the same moment") from error


def standing(user: Document) -> Document:
    """What is kept with each session of the user with this document."""
    return {"is_active": user["state"] == UserState.ACTIVE, "is_admin": user["is_admin"]}
