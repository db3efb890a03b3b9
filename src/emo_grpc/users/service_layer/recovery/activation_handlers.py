"""Makes sure that an account's mailbox is its owner's."""

from dataclasses import dataclass
from uuid import UUID

from emo_grpc.shared.domain.audit import Actor, AuditKind
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.commands import ActivateUser
from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.domain.events import ActivationMailRequested, UserRegistered
from emo_grpc.users.domain.recovery.account_tokens import activate, mint_token
from emo_grpc.users.domain.recovery.errors import ActivationTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeSecret, TokenPurpose
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.mails.account_mails import AccountMails
from emo_grpc.users.service_layer.mails.ports import MailKind
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True)
class ActivationHandlers:
    """The handlers, with what they need."""

    units: UsersUnits
    mails: AccountMails
    refused: RefusedLogins
    clock: Clock

    async def activate_user(self, command: ActivateUser) -> None:
        """Make a PENDING account ACTIVE; raises ActivationTokenInvalid."""
        secret = OneTimeSecret.parse(command.activation_token, ActivationTokenInvalid)
        async with self.units() as unit:
            try:
                user = await unit.users.get(secret.user_id)
            except UserNotFound:
                raise ActivationTokenInvalid from None
            with self.refused.of(user.user_id):
                activate(user, secret, self.clock())
            await unit.users.save(user)
            await unit.audit.append(AuditKind.ACCOUNT_ACTIVATED, user.user_id, actor=Actor.user(user.user_id))
            await unit.commit()

    async def send_activation_mail(self, event: UserRegistered | ActivationMailRequested, row_id: UUID) -> None:
        """Mint a token, store its hash, then mail it; nothing where the account is not PENDING, or nobody has the id.

        When it runs twice, two mails go out and both tokens are good.
        """
        now = self.clock()
        async with self.units() as unit:
            user = await unit.users.find(event.user_id)
            if not isinstance(user, User) or user.state is not UserState.PENDING:
                return
            secret, expire_time = mint_token(user, TokenPurpose.ACTIVATE, now)
            await unit.users.save(user)
            await unit.commit()
        days = str(max(1, (expire_time - now).days))
        await self.mails.send(MailKind.ACTIVATION, user, row_id, token=secret.text, days=days)
