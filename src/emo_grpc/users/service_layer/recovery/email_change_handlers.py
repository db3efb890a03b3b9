"""Another address for an account, and the way back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emo_grpc.shared.domain.audit import Actor, AuditKind
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.email_address import email_key
from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.domain.external_identity import LinkedIdentity
from emo_grpc.users.domain.recovery import email_change_rules as rules
from emo_grpc.users.domain.recovery.errors import EmailTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeSecret
from emo_grpc.users.domain.recovery_commands import ConfirmEmailChange, RequestEmailChange, SetEmail, UndoEmailChange
from emo_grpc.users.domain.throttling import Entrance
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.entrances import Entrances
from emo_grpc.users.service_layer.ports import PasswordHasher
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits


@dataclass(frozen=True, slots=True)
class EmailChangeHandlers:
    """The handlers, with what they need."""

    units: UsersUnits
    hasher: PasswordHasher
    entrances: Entrances
    refused: RefusedLogins
    clock: Clock

    async def request_email_change(self, command: RequestEmailChange) -> None:
        """Have the new address mailed; raises InvalidArgument, TooManyEmailChanges or RateLimited."""
        await self.entrances.admit(Entrance.ADDRESS_MAIL, email_key(command.new_email), command.peer)
        async with self.units() as unit:
            user = await unit.users.get(command.user_id)
            if command.new_email == user.email:
                raise InvalidArgument.of("new_email", "is the account's address already")
            rules.request_email_change(user, command.new_email, self.clock())
            await unit.users.save(user)
            await unit.audit.append(AuditKind.EMAIL_CHANGE_REQUESTED, user.user_id)
            await unit.commit()

    async def confirm_email_change(self, command: ConfirmEmailChange) -> None:
        """Have the new address; raises EmailTokenInvalid or EmailTaken."""
        secret = _parse(command.confirmation_token, rules.CONFIRMATION)
        async with self.units() as unit:
            user = await _owner(unit, secret, rules.CONFIRMATION)
            with self.refused.of(user.user_id):
                rules.confirm_email_change(user, secret, self.clock())
            await _make_way(unit, user)
            await unit.users.save(user)
            await unit.audit.append(AuditKind.EMAIL_CHANGED, user.user_id, actor=Actor.user(user.user_id))
            await unit.commit()

    async def undo_email_change(self, command: UndoEmailChange) -> None:
        """Have the former address again, no session, no identity that came later, and a password that nobody knows.

        Raises EmailTokenInvalid or EmailTaken.
        """
        secret = _parse(command.undo_token, rules.UNDO)
        async with self.units() as unit:  # looked at first: a hash is too dear for who has no token
            user = await _owner(unit, secret, rules.UNDO)
            with self.refused.of(user.user_id):
                change = rules.undone_change(user, secret, self.clock())
        locked = await self.hasher.hash(secrets.token_urlsafe())
        async with self.units() as unit:
            user = await _owner(unit, secret, rules.UNDO)
            with self.refused.of(user.user_id):
                rules.undo_email_change(user, secret, locked, self.clock())
            await _make_way(unit, user)
            await unit.users.save(user)
            ended, who = await unit.sessions.remove_of_user(user.user_id), Actor.user(user.user_id)
            await unit.audit.append(
                AuditKind.EMAIL_CHANGED, user.user_id, actor=who, cause="undone", ended_sessions=str(ended)
            )
            await _unlink_since(unit, user.user_id, change.confirm_time)
            await unit.commit()

    async def set_email(self, command: SetEmail) -> Sequence[LinkedIdentity]:
        """Have the operator's address, no session, no way back to another, and a password that nobody knows.

        Gives who still comes in, because an issuer vouches for them. Raises UserNotFound or EmailTaken.
        """
        locked = await self.hasher.hash(secrets.token_urlsafe())
        async with self.units() as unit:
            user = await unit.users.get(command.user_id)
            rules.set_email(user, command.new_email, locked, self.clock())
            await _make_way(unit, user)
            await unit.users.save(user)
            ended = await unit.sessions.remove_of_user(user.user_id)
            await unit.audit.append(AuditKind.EMAIL_CHANGED, user.user_id, cause="set", ended_sessions=str(ended))
            linked = await unit.identities.of_user(user.user_id)
            await unit.commit()
        return linked


async def _unlink_since(unit: UsersUnitOfWork, user_id: UserId, time: datetime) -> None:
    """Unlink whom an issuer vouches for because of an address that a thief had given the account."""
    for linked in await unit.identities.of_user(user_id):
        if linked.link_time >= time:
            await unit.identities.unlink(linked.identity)
            who, issuer = Actor.user(user_id), linked.identity.issuer
            await unit.audit.append(AuditKind.IDENTITY_UNLINKED, user_id, actor=who, cause="undone", issuer=issuer)


async def _make_way(unit: UsersUnitOfWork, user: User) -> None:
    """Remove an account that only waits for its activation at this address, whose owner has just shown up.

    Otherwise whoever registers with an address keeps its owner from it.
    """
    holder = await unit.users.find_by_email(user.email)
    if isinstance(holder, User) and holder.user_id != user.user_id and holder.state is UserState.PENDING:
        holder.remove()
        await unit.users.remove(holder)
        await unit.audit.append(AuditKind.ACCOUNT_REMOVED, holder.user_id)


def _parse(token: str, field: str) -> OneTimeSecret:
    return OneTimeSecret.parse(token, lambda: EmailTokenInvalid(field))


async def _owner(unit: UsersUnitOfWork, secret: OneTimeSecret, field: str) -> User:
    try:
        return await unit.users.get(secret.user_id)
    except UserNotFound:
        raise EmailTokenInvalid(field) from None
