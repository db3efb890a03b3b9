"""Mails that tell people what was done to their accounts."""

from dataclasses import dataclass
from uuid import UUID

from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.domain.events import AccountRemoved, AddressReused, IdentityLinked, NewDeviceUsed, PasswordChanged
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.mails.account_mails import AccountMails
from emo_grpc.users.service_layer.mails.ports import MailKind, MailRefused
from emo_grpc.users.service_layer.security_log import goodbye_refused
from emo_grpc.users.service_layer.unit_of_work import UsersUnits


@dataclass(frozen=True, slots=True)
class NoticeHandlers:
    """The handlers, with what they need. An account that is gone gets no mail but the one that says so."""

    units: UsersUnits
    mails: AccountMails

    async def send_already_registered_mail(self, event: AddressReused, row_id: UUID) -> None:
        """Tell the owner of an address that there is an account already."""
        if user := await self._user(event):
            await self.mails.send(MailKind.ALREADY_REGISTERED, user, row_id, username=user.username)

    async def send_password_changed_mail(self, event: PasswordChanged, row_id: UUID) -> None:
        """Tell that there is another password."""
        if user := await self._user(event):
            await self.mails.send(MailKind.PASSWORD_CHANGED, user, row_id)

    async def send_new_device_mail(self, event: NewDeviceUsed, row_id: UUID) -> None:
        """Tell of a login from elsewhere. The time is that of Greenwich: nobody knows where the person is."""
        if user := await self._user(event):
            time = f"{event.login_time:%Y-%m-%d %H:%M} UTC"
            await self.mails.send(MailKind.NEW_DEVICE, user, row_id, device=event.device_id, peer=event.peer, time=time)

    async def send_account_removed_mail(self, event: AccountRemoved, row_id: UUID) -> None:
        """Say goodbye. What the server refuses is not kept as a dead letter, which would be the person's last trace."""
        try:
            await self.mails.send(MailKind.ACCOUNT_REMOVED, event, row_id)
        except MailRefused:
            goodbye_refused()

    async def send_identity_linked_mail(self, event: IdentityLinked, row_id: UUID) -> None:
        """Tell who else may use the account now."""
        if user := await self._user(event):
            await self.mails.send(MailKind.IDENTITY_LINKED, user, row_id, issuer=event.issuer)

    async def _user(self, event: AddressReused | PasswordChanged | NewDeviceUsed | IdentityLinked) -> User | None:
        async with self.units() as unit:
            try:
                return await unit.users.get(event.user_id)
            except UserNotFound:
                return None
