"""Another password for who has forgotten theirs."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from emo_grpc.shared.domain.audit import Actor, ActorKind, AuditKind
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.errors import UserDisabled, UserNotFound
from emo_grpc.users.domain.events import EmailChangeUndone, PasswordResetRequested
from emo_grpc.users.domain.passwords import PasswordOwner
from emo_grpc.users.domain.recovery.account_tokens import BY_OPERATOR, mint_token
from emo_grpc.users.domain.recovery.errors import ResetTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import LIFETIMES, OneTimeSecret, TokenPurpose
from emo_grpc.users.domain.recovery.password_reset_rules import check_reset, reset_password
from emo_grpc.users.domain.recovery_commands import IssueResetToken, ResetPassword
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.familiar_peers import FamiliarPeers
from emo_grpc.users.service_layer.mails.account_mails import AccountMails
from emo_grpc.users.service_layer.mails.ports import MailKind
from emo_grpc.users.service_layer.new_passwords import NewPasswords
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits

PURPOSE: Final = TokenPurpose.RESET_PASSWORD
SOMEBODY: Final = Actor(ActorKind.ANONYMOUS)
HOURS: Final = str(LIFETIMES[PURPOSE].seconds // 3600)


@dataclass(frozen=True, slots=True)
class PasswordResetHandlers:
    """The handlers, with what they need."""

    units: UsersUnits
    new_passwords: NewPasswords
    mails: AccountMails
    familiar_peers: FamiliarPeers
    refused: RefusedLogins
    clock: Clock

    async def reset_password(self, command: ResetPassword) -> None:
        """Have another password, no session and no known device; raises ResetTokenInvalid or PasswordTooWeak."""
        secret = OneTimeSecret.parse(command.reset_token, ResetTokenInvalid)
        async with self.units() as unit:  # looked at first: a hash is too dear for who has no token
            user = await _owner(unit, secret)
            with self.refused.of(user.user_id):
                check_reset(user, secret, self.clock())
        owner = PasswordOwner(user.username, user.email, user.public_name, user.locale)
        password_hash = await self.new_passwords.hash(command.new_password, owner, field="new_password")
        async with self.units() as unit:
            user = await _owner(unit, secret)
            with self.refused.of(user.user_id):
                reset_password(user, secret, password_hash, self.clock())
            await unit.users.save(user)
            ended, who = await unit.sessions.remove_of_user(user.user_id), Actor.user(user.user_id)
            await unit.audit.append(AuditKind.PASSWORD_RESET, user.user_id, actor=who, ended_sessions=str(ended))
            await unit.commit()
        await self.familiar_peers.remember_change(user, command.peer)

    async def issue_reset_token(self, command: IssueResetToken) -> str:
        """Give a token as it would be mailed; raises UserNotFound, or UserDisabled, for whom it would be worthless."""
        async with self.units() as unit:
            user = await unit.users.get(command.user_id)
            if user.state is UserState.DISABLED:
                raise UserDisabled
            secret, _ = mint_token(user, PURPOSE, self.clock(), subject=BY_OPERATOR)
            await unit.users.save(user)
            await unit.audit.append(AuditKind.PASSWORD_RESET_REQUESTED, user.user_id)
            await unit.commit()
        return secret.text

    async def send_reset_mail(self, event: PasswordResetRequested | EmailChangeUndone, row_id: UUID) -> None:
        """Mint a token, store its hash, then mail it; nothing where nobody has the id, or the account is DISABLED.

        When it runs twice, two mails go out and both tokens are good.
        """
        async with self.units() as unit:
            user = await unit.users.find(event.user_id)
            if not isinstance(user, User) or user.state is UserState.DISABLED:
                return
            secret, _ = mint_token(user, PURPOSE, self.clock())
            await unit.users.save(user)
            if isinstance(event, PasswordResetRequested):  # only here, for there it would tell who has an account
                await unit.audit.append(AuditKind.PASSWORD_RESET_REQUESTED, user.user_id, actor=SOMEBODY)
            await unit.commit()
        await self.mails.send(MailKind.PASSWORD_RESET, user, row_id, token=secret.text, hours=HOURS)


async def _owner(unit: UsersUnitOfWork, secret: OneTimeSecret) -> User:
    try:
        return await unit.users.get(secret.user_id)
    except UserNotFound:
        raise ResetTokenInvalid from None
