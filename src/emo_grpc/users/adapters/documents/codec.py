"""Accounts and sessions as documents, the same for every store: JSON-able, and with their `schema_version`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict

from emo_grpc.shared.adapters.schema_versions import Raw, UnknownSchemaVersion, Upcasters, upcast
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import ActivationToken, Role, User, UserState

USER_VERSION: Final = 1
SESSION_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class UserUpcasters:
    """How the documents of earlier releases are read."""

    users: Upcasters = field(default_factory=dict)
    sessions: Upcasters = field(default_factory=dict)


UPCASTERS: Final = UserUpcasters()
"""None yet: every document is of the first version still."""


class ActivationTokenDocument(TypedDict):
    """A mailed token; SHA-256, hex."""

    token_hash: str
    expire_time: str


class UserDocument(TypedDict):
    """An account, version 1. Its `version` (the optimistic one) is kept beside it."""

    schema_version: int
    user_id: str
    username: str
    email: str
    password_hash: str
    public_name: str
    locale: str
    state: UserState
    roles: list[Role]
    create_time: str
    update_time: str
    activation_tokens: list[ActivationTokenDocument]


class SessionDocument(TypedDict):
    """A session, version 1. Its `version` (the optimistic one) is kept beside it."""

    schema_version: int
    session_id: str
    user_id: str
    device_id: str
    scopes: list[str]
    family_hash: str
    token_hash: str
    create_time: str
    last_used_time: str
    expire_time: str


_USER: Final = TypeAdapter(UserDocument)
_SESSION: Final = TypeAdapter(SessionDocument)
_VERSION: Final = TypeAdapter(int, config=ConfigDict(strict=True))

TEXTS: Final = ("username", "email", "password_hash", "public_name", "locale")
"""Those of an account that any text may stand in."""


DAMAGED: Final = (ValueError, TypeError, KeyError, AttributeError)
"""What reading a damaged document raises."""

UNREADABLE: Final = (*DAMAGED, UnknownSchemaVersion)
"""The same, or of a document of a later release."""


def time_text(time: datetime) -> str:
    """UTC, RFC 3339 with microseconds: as text in the same order as in time."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def stored_time(text: str) -> datetime:
    """What `time_text` wrote; raises ValueError if it is no time, or one nowhere."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a stored time is in UTC")
    return time


def user_document(user: User) -> UserDocument:
    """Write an account."""
    return {
        "schema_version": USER_VERSION,
        "user_id": str(user.user_id),
        "username": user.username,
        "email": user.email,
        "password_hash": user.password_hash,
        "public_name": user.public_name,
        "locale": user.locale,
        "state": user.state,
        "roles": sorted(user.roles),
        "create_time": time_text(user.create_time),
        "update_time": time_text(user.update_time),
        "activation_tokens": [
            {"token_hash": token.token_hash, "expire_time": time_text(token.expire_time)}
            for token in user.activation_tokens
        ],
    }


def user_of(raw: Raw, version: int, upcasters: Upcasters = UPCASTERS.users) -> User:
    """Read an account of any known schema version; raises of UNREADABLE."""
    document = _USER.validate_python(upcast(raw, upcasters, USER_VERSION))
    tokens = document["activation_tokens"]
    _require_text(*(document[name] for name in TEXTS), *(token["token_hash"] for token in tokens))
    return User(
        version=_VERSION.validate_python(version),
        user_id=UserId(UUID(document["user_id"])),
        username=document["username"],
        email=document["email"],
        password_hash=document["password_hash"],
        public_name=document["public_name"],
        locale=document["locale"],
        state=document["state"],
        roles=frozenset(document["roles"]),
        create_time=stored_time(document["create_time"]),
        update_time=stored_time(document["update_time"]),
        activation_tokens=tuple(
            ActivationToken(token["token_hash"], stored_time(token["expire_time"])) for token in tokens
        ),
    )


def session_document(session: Session) -> SessionDocument:
    """Write a session."""
    return {
        "schema_version": SESSION_VERSION,
        "session_id": str(session.session_id),
        "user_id": str(session.user_id),
        "device_id": session.device_id,
        "scopes": sorted(session.scopes),
        "family_hash": session.family_hash,
        "token_hash": session.token_hash,
        "create_time": time_text(session.create_time),
        "last_used_time": time_text(session.last_used_time),
        "expire_time": time_text(session.expire_time),
    }


def session_of(raw: Raw, version: int, upcasters: Upcasters = UPCASTERS.sessions) -> Session:
    """Read a session of any known schema version; raises of UNREADABLE."""
    document = _SESSION.validate_python(upcast(raw, upcasters, SESSION_VERSION))
    _require_text(document["device_id"], document["family_hash"], document["token_hash"], *document["scopes"])
    return Session(
        version=_VERSION.validate_python(version),
        session_id=SessionId(UUID(document["session_id"])),
        user_id=UserId(UUID(document["user_id"])),
        device_id=document["device_id"],
        scopes=frozenset(document["scopes"]),
        family_hash=document["family_hash"],
        token_hash=document["token_hash"],
        create_time=stored_time(document["create_time"]),
        last_used_time=stored_time(document["last_used_time"]),
        expire_time=stored_time(document["expire_time"]),
    )


def _require_text(*texts: str) -> None:
    """Raise ValueError if half a surrogate pair is in one, which no message can carry."""
    "".join(texts).encode()
