"""What anybody may ask for by an address: nobody learns from it whose addresses are known."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.email_address import email_key
from emo_grpc.users.domain.events import ActivationMailRequested, PasswordResetRequested
from emo_grpc.users.domain.recovery_commands import MailRequest, RequestPasswordReset, ResendActivation
from emo_grpc.users.domain.throttling import Entrance
from emo_grpc.users.service_layer.entrances import Entrances
from emo_grpc.users.service_layer.ports import CredentialsReader
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True)
class MailRequestHandlers:
    """The handlers, with what they need.

    Each looks into one index and adds one row to the outbox, whether or not somebody has the address: an unknown one
    stands for an id that nobody has. All that differs happens later, when the row is handled; so no address lies there.
    """

    units: UsersUnits
    reader: CredentialsReader
    entrances: Entrances

    async def resend_activation(self, command: ResendActivation) -> None:
        """Have another activation mail sent to who waits for one; raises RateLimited."""
        await self.entrances.admit(Entrance.ACTIVATION_MAIL, email_key(command.email), command.peer)
        await self._publish(ActivationMailRequested, command)

    async def request_password_reset(self, command: RequestPasswordReset) -> None:
        """Have a token for another password mailed; raises RateLimited."""
        await self.entrances.admit(Entrance.RESET_MAIL, email_key(command.email), command.peer)
        await self._publish(PasswordResetRequested, command)

    async def _publish(
        self, kind: type[ActivationMailRequested] | type[PasswordResetRequested], command: MailRequest
    ) -> None:
        found = await self.reader.user_id_by_email(command.email)
        async with self.units() as unit:
            unit.publish(kind(found or UserId.new()))
            await unit.commit()
