"""Stored records as accounts and sessions, or what is left of a damaged one, on MongoDB."""

from uuid import UUID

from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.codec import DAMAGED, UPCASTERS, session_of, user_of
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User, UserState


def user_in(record: Document, upcasters: Upcasters = UPCASTERS.users) -> User | DamagedUser:
    """The account of a record; raises UnknownSchemaVersion."""
    try:
        return user_of(record["document"], record["version"], upcasters)
    except DAMAGED:
        is_active = record.get("state") == UserState.ACTIVE
        return DamagedUser(
            version=_version(record),
            user_id=UserId(UUID(record["_id"])),
            is_active_admin=is_active and record.get("is_admin") is True,
        )


def session_in(record: Document, upcasters: Upcasters = UPCASTERS.sessions) -> Session | DamagedSession:
    """The session of a record; raises UnknownSchemaVersion."""
    try:
        return session_of(record["document"], record["version"], upcasters)
    except DAMAGED:
        return DamagedSession(
            version=_version(record),
            session_id=SessionId(UUID(record["_id"])),
            user_id=UserId(UUID(record["user_id"])),
        )


def _version(record: Document) -> int:
    version = record.get("version")
    return version if isinstance(version, int) else 0
