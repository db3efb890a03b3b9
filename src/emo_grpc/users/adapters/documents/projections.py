"""What readers show of stored aggregates."""

from uuid import UUID

from emo_grpc.shared.adapters.times import stored_time
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials, LiveSession
from emo_grpc.users.service_layer.views import SessionView, UserView


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
        actor=session.actor,
    )


def credentials(user: User) -> Credentials:
    """What logins are checked against."""
    return Credentials(
        user.user_id,
        user.username,
        user.email,
        user.password_hash,
        state=user.state,
        create_time=user.create_time,
        public_name=user.public_name,
        locale=user.locale,
        password_changes=user.password_changes,
    )


def live_session(user_id: str, is_active: object, is_admin: object, expire_time: str) -> LiveSession:
    """Of what stands beside a session's document; raises of DAMAGED. What is no truth value makes nobody an admin."""
    return LiveSession(
        user_id=UserId(UUID(user_id)),
        is_active=is_active in (True,),
        is_admin=is_admin in (True,) and is_active in (True,),
        expire_time=stored_time(expire_time),
    )
