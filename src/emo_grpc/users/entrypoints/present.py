"""From views and results to the contract's messages."""

from typing import Final
from uuid import UUID

from emo.users.v1 import users_pb2
from emo_grpc.shared.entrypoints.timestamps import timestamp
from emo_grpc.users.domain.external_identity import LinkedIdentity
from emo_grpc.users.domain.session import Actor
from emo_grpc.users.domain.session_commands import Tokens
from emo_grpc.users.entrypoints.translate import ROLES, STATES
from emo_grpc.users.service_layer.views import SessionView, UserView

ROLE_NUMBERS: Final = {role: number for number, role in ROLES.items()}
STATE_NUMBERS: Final = {state: number for number, state in STATES.items()}


def user_message(user: UserView) -> users_pb2.User:
    """An account."""
    return users_pb2.User(
        user_id=str(user.user_id),
        username=user.username,
        email=user.email,
        public_name=user.public_name,
        locale=user.locale,
        state=STATE_NUMBERS[user.state],
        roles=sorted(ROLE_NUMBERS[role] for role in user.roles),
        create_time=timestamp(user.create_time),
        update_time=timestamp(user.update_time),
        etag=user.etag,
    )


def identity_message(linked: LinkedIdentity) -> users_pb2.LinkedIdentity:
    """Somebody who may use an account."""
    return users_pb2.LinkedIdentity(
        issuer=linked.identity.issuer,
        external_id=linked.identity.external_id,
        link_time=timestamp(linked.link_time),
    )


def session_message(session: SessionView, current: UUID) -> users_pb2.Session:
    """A login; `current` is that of the call."""
    return users_pb2.Session(
        session_id=str(session.session_id),
        device_id=session.device_id,
        create_time=timestamp(session.create_time),
        last_used_time=timestamp(session.last_used_time),
        expire_time=timestamp(session.expire_time),
        current=session.session_id.value == current,
        actor=_actor_message(session.actor) if session.actor else None,
    )


def _actor_message(actor: Actor) -> users_pb2.Actor:
    return users_pb2.Actor(service_account_id=str(actor.actor_id), name=actor.name)


def tokens_message(tokens: Tokens) -> users_pb2.Tokens:
    """What a session is carried on with."""
    return users_pb2.Tokens(
        user_id=str(tokens.user_id),
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        access_expire_time=timestamp(tokens.access_expire_time),
        refresh_expire_time=timestamp(tokens.refresh_expire_time),
    )
