"""Accounts as documents."""

from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from emo_grpc.shared.adapters.document_kind import DocumentKind
from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters, require_text, upcast
from emo_grpc.shared.adapters.times import stored_time, time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.recovery import (
    change_from_document,
    change_to_document,
    tokens_from_document,
    tokens_to_document,
)
from emo_grpc.users.adapters.documents.shapes import UserDocument
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS, USER_VERSION
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.errors import UserNotFound, UserRecordCorrupt
from emo_grpc.users.domain.recovery.email_changes import EmailChanges
from emo_grpc.users.domain.user import User

TEXTS: Final = ("username", "email", "password_hash", "public_name", "locale")
"""Those of an account that any text may stand in."""

_SHAPE: Final = TypeAdapter(UserDocument)


def user_to_document(user: User) -> UserDocument:
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
        "password_changes": user.password_changes,
        "pending_email": change_to_document(user.email_changes.pending) if user.email_changes.pending else None,
        "former_emails": [change_to_document(change) for change in user.email_changes.former],
        "changes_end_time": time_text(end) if (end := user.email_changes.end_time) else None,
        "tokens": tokens_to_document(user.tokens),
    }


def user_from_document(raw: Raw, version: int, upcasters: Upcasters = UPCASTERS.users) -> User:
    """Read an account of any known schema version; raises of UNREADABLE."""
    document = _SHAPE.validate_python(upcast(raw, upcasters, USER_VERSION))
    require_text(*(document[name] for name in TEXTS))
    pending = document["pending_email"]
    return User(
        version=version,
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
        password_changes=document["password_changes"],
        email_changes=EmailChanges(
            change_from_document(pending) if pending else None,
            tuple(change_from_document(change) for change in document["former_emails"]),
        ),
        tokens=tokens_from_document(document["tokens"]),
    )


USER: Final[DocumentKind[UserId, User, DamagedUser]] = DocumentKind(
    name="users",
    id_name="user_id",
    id_type=UserId,
    aggregate=User,
    schema_version=USER_VERSION,
    upcasters=UPCASTERS.users,
    from_document=user_from_document,
    not_found=UserNotFound,
    corrupt=UserRecordCorrupt,
)
