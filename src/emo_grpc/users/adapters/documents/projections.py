"""What readers show of stored aggregates."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from emo_grpc.users.adapters.documents.codec import UNREADABLE
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials
from emo_grpc.users.service_layer.views import SessionView, Unreadable, UserView

T = TypeVar("T")


def user_view(user: User) -> UserView:
    """All but secrets."""
    return UserView(
        user_id=user.user_id,
        username=user.username,
        email=user.email,
        public_name=user.public_name,
        locale=user.locale,
        state=user.state,
        roles=user.roles,
        create_time=user.create_time,
        update_time=user.update_time,
        etag=user.etag,
    )


def session_view(session: Session) -> SessionView:
    """All but secrets."""
    return SessionView(
        session_id=session.session_id,
        device_id=session.device_id,
        create_time=session.create_time,
        last_used_time=session.last_used_time,
        expire_time=session.expire_time,
    )


def shown(read: Callable[[], T], create_time: str, item_id: str) -> T | Unreadable:
    """What is read, or what stands beside a document that can't be."""
    try:
        return read()
    except UNREADABLE:
        return Unreadable(datetime.fromisoformat(create_time), UUID(item_id))


def credentials(user: User) -> Credentials:
    """What logins are checked against."""
    return Credentials(user.user_id, user.username, user.email, user.password_hash)
