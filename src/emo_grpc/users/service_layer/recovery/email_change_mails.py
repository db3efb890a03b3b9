"""What is mailed when an account comes to another address."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.damaged import DamagedUser
from emo_grpc.users.domain.events import EmailChanged, EmailChangeRequested, EmailSet
from emo_grpc.users.domain.recovery.account_tokens import mint_token
from emo_grpc.users.domain.recovery.email_changes import EmailChange
from emo_grpc.users.domain.recovery.one_time_tokens import LIFETIMES, TokenPurpose
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.mails.account_mails import AccountMails
from emo_grpc.users.service_layer.mails.ports import MailKind
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits

HOURS: Final = str(LIFETIMES[TokenPurpose.CONFIRM_EMAIL].seconds // 3600)
RESET_HOURS: Final = str(LIFETIMES[TokenPurpose.RESET_PASSWORD].seconds // 3600)
DAYS: Final = str(LIFETIMES[TokenPurpose.UNDO_EMAIL].days)


@dataclass(frozen=True, slots=True)
class EmailChangeMails:
    """The handlers, with what they need. Run twice, each mails twice, and both tokens are good."""

    units: UsersUnits
    mails: AccountMails
    clock: Clock

    async def send_email_change_mail(self, event: EmailChangeRequested, row_id: UUID) -> None:
        """Mail the new address a token, or that its owner has an account already: the asker does not learn which.

        Nothing where the change does not wait any more.
        """
        async with self.units() as unit:
            user = await unit.users.find(event.user_id)
            change = _waiting(user, event)
            if not isinstance(user, User) or change is None or self.clock() >= change.until:
                return
            holder = await unit.users.find_by_email(change.email)
            is_free = holder is None or holder.user_id == user.user_id or _only_waits(holder)
            token = await self._mint(unit, user, TokenPurpose.CONFIRM_EMAIL, change) if is_free else ""
        if is_free:
            values = {"address": change.email, "token": token, "hours": HOURS}
            await self.mails.send(MailKind.EMAIL_CHANGE, user, row_id, to=change.email, **values)
        elif isinstance(holder, User):
            await self.mails.send(MailKind.ALREADY_REGISTERED, holder, row_id, username=holder.username)

    async def send_email_changed_mail(self, event: EmailChanged, row_id: UUID) -> None:
        """Mail the former address a token that undoes it; nothing where it is too late for that."""
        async with self.units() as unit:
            user = await unit.users.find(event.user_id)
            change = user.email_changes.find(event.change_id) if isinstance(user, User) else None
            if not isinstance(user, User) or change is None or self.clock() >= change.until:
                return
            token = await self._mint(unit, user, TokenPurpose.UNDO_EMAIL, change)
        values = {"address": user.email, "token": token, "days": DAYS}
        await self.mails.send(MailKind.EMAIL_CHANGED, user, row_id, to=change.email, **values)

    async def send_email_set_mail(self, event: EmailSet, row_id: UUID) -> None:
        """Mail the new address a token for another password; nothing where the account is DISABLED."""
        async with self.units() as unit:
            user = await unit.users.find(event.user_id)
            if not isinstance(user, User) or user.state is UserState.DISABLED:
                return
            token = await self._mint(unit, user, TokenPurpose.RESET_PASSWORD)
        values = {"username": user.username, "token": token, "hours": RESET_HOURS}
        await self.mails.send(MailKind.EMAIL_SET, user, row_id, **values)

    async def _mint(
        self, unit: UsersUnitOfWork, user: User, purpose: TokenPurpose, change: EmailChange | None = None
    ) -> str:
        secret, _ = mint_token(user, purpose, self.clock(), change)
        await unit.users.save(user)
        await unit.commit()
        return secret.text


def _waiting(user: User | DamagedUser | None, event: EmailChangeRequested) -> EmailChange | None:
    if not isinstance(user, User) or user.state is not UserState.ACTIVE:
        return None
    pending = user.email_changes.pending
    return pending if pending is not None and pending.change_id == event.change_id else None


def _only_waits(holder: User | DamagedUser) -> bool:
    return isinstance(holder, User) and holder.state is UserState.PENDING
