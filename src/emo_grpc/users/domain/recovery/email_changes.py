"""How an account comes to another e-mail address, and back.

The new address is taken when somebody who reads it says so. For a week, whoever reads the one before can take it back:
a thief who has the password, and with it the account, does not have that mailbox.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from emo_grpc.users.domain.recovery.errors import TooManyEmailChanges
from emo_grpc.users.domain.recovery.one_time_tokens import LIFETIMES, TokenPurpose

PENDING_FOR: Final = timedelta(days=1)
"""How late the mail to the new address may be."""
UNDO_FOR: Final = LIFETIMES[TokenPurpose.UNDO_EMAIL]
MAX_FORMER: Final = 5
"""Changes that can be undone at a time: a thief must not push the owner's address out of the list."""


@dataclass(frozen=True, slots=True)
class EmailChange:
    """One change. `email`: the new address while it waits for its owner, afterwards the one before."""

    change_id: UUID
    email: str
    until: datetime

    @property
    def confirm_time(self) -> datetime:
        """Since when the account had the new address, of a change that can be undone."""
        return self.until - UNDO_FOR


@dataclass(frozen=True, slots=True)
class EmailChanges:
    """The change that waits, and those that can be undone, the eldest first."""

    pending: EmailChange | None = None
    former: tuple[EmailChange, ...] = ()

    @property
    def former_ids(self) -> frozenset[str]:
        """Which changes can be undone."""
        return frozenset(str(each.change_id) for each in self.former)

    @property
    def end_time(self) -> datetime | None:
        """When the next of them is over, so that its address is to be forgotten; None: there is none."""
        return min((each.until for each in (*self.former, self.pending) if each is not None), default=None)

    def asked_for(self, email: str, now: datetime) -> "EmailChanges":
        """With this change in place of the one that waits; raises TooManyEmailChanges."""
        former = self.still_open(now).former
        if len(former) >= MAX_FORMER:
            raise TooManyEmailChanges(former[0].until - now)
        return EmailChanges(EmailChange(uuid4(), email, now + PENDING_FOR), former)

    def confirmed(self, change: EmailChange, old_email: str, now: datetime) -> "EmailChanges":
        """With the way back from the change that waited."""
        return EmailChanges(None, (*self.former, EmailChange(change.change_id, old_email, now + UNDO_FOR)))

    def undone(self, change: EmailChange) -> "EmailChanges":
        """Only what came before that change: who undoes it undoes all that followed."""
        return EmailChanges(None, self.former[: self.former.index(change)])

    def without_pending(self) -> "EmailChanges":
        """Only those that can be undone."""
        return EmailChanges(None, self.former)

    def still_open(self, now: datetime) -> "EmailChanges":
        """Only those whose time is not over."""
        pending = self.pending if self.pending is not None and now < self.pending.until else None
        return EmailChanges(pending, tuple(each for each in self.former if now < each.until))

    def find(self, change_id: UUID) -> EmailChange | None:
        """The one that waits, or can be undone, with this id; or None."""
        every = (*self.former, *((self.pending,) if self.pending else ()))
        return next((each for each in every if each.change_id == change_id), None)
