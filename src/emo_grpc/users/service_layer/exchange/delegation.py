"""What a service gets to act for a user: one session that all of its tokens belong to."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from emo_grpc.shared.domain.call_errors import ScopeRequired
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import ServicePrincipal
from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.domain.exchange_commands import ActForUser, Username
from emo_grpc.users.domain.session import Actor, Session
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import AccessClaims
from emo_grpc.users.service_layer.session_tokens import ACCESS_LIFETIME
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork

NOTED_EVERY: Final = timedelta(minutes=1)


def narrowed(asked: frozenset[str], allowed: frozenset[str]) -> frozenset[str]:
    """What was asked for, or all that is allowed, which to both is all if it is empty; raises ScopeRequired."""
    if allowed and asked - allowed:
        beyond = ", ".join(sorted(asked - allowed))
        raise ScopeRequired(f"the service's token is not good for {beyond}", metadata={"scope": beyond})
    return asked or allowed


async def user_of(unit: UsersUnitOfWork, command: ActForUser) -> User:
    """Whom the service is to act for; raises UserNotFound or UserRecordCorrupt."""
    if isinstance(command.user, UserId):
        return await unit.users.get(command.user)
    if isinstance(command.user, Username):
        return await unit.users.get_by_username(command.user.name.lower())
    user_id = await unit.identities.user_of(command.user)
    if user_id is None:
        raise UserNotFound
    return await unit.users.get(user_id)


async def session_of(
    unit: UsersUnitOfWork, user: User, service: ServicePrincipal, scopes: frozenset[str], now: datetime
) -> Session:
    """The one session that the service has for the user. It is written at most once a minute, unless it changes."""
    actor = Actor(service.actor, service.name)
    session = await unit.sessions.of_actor(user.user_id, service.actor)
    if isinstance(session, Session) and now < session.expire_time:
        if session.delegated_again(actor, scopes, now, NOTED_EVERY):
            await unit.sessions.save(session)
        return session
    if session is not None:  # expired or damaged: what was signed for it must not live again
        await unit.sessions.remove(session.session_id)
    session = Session.delegate(user.user_id, actor, scopes, now)
    await unit.sessions.add(session)
    return session


def delegated_claims(
    user: User, session: Session, service: ServicePrincipal, scopes: frozenset[str], now: datetime
) -> AccessClaims:
    """What the service's token of the user says; it is never fresh."""
    issue_time = now.replace(microsecond=0)
    return AccessClaims(
        token_id=uuid4(),
        user_id=user.user_id,
        session_id=session.session_id,
        roles=user.roles,
        scopes=scopes,
        is_fresh=False,
        issue_time=issue_time,
        expire_time=issue_time + ACCESS_LIFETIME,
        actor=service.actor,
        key_id=service.key_id,
    )
