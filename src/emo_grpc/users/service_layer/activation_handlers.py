"""Makes sure that an account's mailbox is its owner's."""

from dataclasses import dataclass
from uuid import UUID

from emo_grpc.shared.domain.audit import Actor, AuditKind
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.commands import ActivateUser
from emo_grpc.users.domain.errors import ActivationTokenInvalid, UserNotFound
from emo_grpc.users.domain.events import UserRegistered
from emo_grpc.users.domain.secrets import ActivationSecret
from emo_grpc.users.domain.user import ACTIVATION_LIFETIME, UserState
from emo_grpc.users.service_layer.account_mails import AccountMails
from emo_grpc.users.service_layer.ports import MailKind
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True)
class ActivationHandlers:
    """The handlers, with what they need."""

    units: UsersUnits
    mails: AccountMails
    clock: Clock

    async def activate_user(self, command: ActivateUser) -> None:
        """Make a PENDING account ACTIVE; raises ActivationTokenInvalid."""
        secret = ActivationSecret.parse(command.activation_token)
        async with self.units() as unit:
            try:
                user = await unit.users.get(secret.user_id)
            except UserNotFound:
                raise ActivationTokenInvalid from None
            user.activate(secret.token_hash, self.clock())
            await unit.users.save(user)
            await unit.audit.append(AuditKind.ACCOUNT_ACTIVATED, user.user_id, actor=Actor.user(user.user_id))
            await unit.commit()

    async def send_activation_mail(self, event: UserRegistered, row_id: UUID) -> None:
        """Mint a token, store its hash, then mail it; nothing where the account is not PENDING any more.

        When it runs twice, two mails go out and both tokens are good.
        """
        async with self.units() as unit:
            try:
                user = await unit.users.get(event.user_id)
            except UserNotFound:
                return
            if user.state is not UserState.PENDING:
                return
            secret = ActivationSecret.mint(user.user_id)
            user.expect_activation(secret.token_hash, self.clock())
            await unit.users.save(user)
            await unit.commit()
        days = str(ACTIVATION_LIFETIME.days)
        await self.mails.send(MailKind.ACTIVATION, user, row_id, token=secret.text, days=days)
