"""Makes sure that an account's mailbox is its owner's."""

from dataclasses import dataclass
from uuid import UUID

from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.commands import ActivateUser
from emo_grpc.users.domain.errors import ActivationTokenInvalid, UserNotFound
from emo_grpc.users.domain.events import UserRegistered
from emo_grpc.users.domain.secrets import ActivationSecret
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer.activation_mail import activation_mail
from emo_grpc.users.service_layer.ports import Mailer
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True)
class ActivationHandlers:
    """The handlers, with what they need. `public_url` may be empty."""

    units: UsersUnits
    mailer: Mailer
    clock: Clock
    public_url: str

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
            await unit.commit()

    async def send_activation_mail(self, event: UserRegistered, _: UUID) -> None:
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
        await self.mailer.send(activation_mail(user, secret, self.public_url))
