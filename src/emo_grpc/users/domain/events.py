"""What happens to accounts. `UserRemoved` is published, so it lives in `shared`."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Event


@dataclass(frozen=True, slots=True)
class ToBeMailed(Event):
    """Something that the person of an account is mailed of, and from which nothing else follows.

    A dead letter of it goes with the account, and with the time after which nobody would want the mail.
    """

    dead_for: ClassVar[timedelta | None] = timedelta(days=90)

    user_id: UserId


@dataclass(frozen=True, slots=True)
class UserRegistered(ToBeMailed):
    """A person made an account.

    Only its id: address and language are read when the mail is written, and its token is minted then, so that
    neither lies in the outbox.
    """


@dataclass(frozen=True, slots=True)
class AddressReused(ToBeMailed):
    """Somebody registered with the address of this account, and was not told that it has one."""


@dataclass(frozen=True, slots=True)
class ActivationMailRequested(ToBeMailed):
    """Somebody asked for another activation mail.

    An address that nobody has stands for an id that nobody has: see MailRequestHandlers.
    """


@dataclass(frozen=True, slots=True)
class PasswordResetRequested(ToBeMailed):
    """Somebody asked for a token for another password; the id as in ActivationMailRequested."""


@dataclass(frozen=True, slots=True)
class PasswordChanged(ToBeMailed):
    """The account has another password, by whatever way."""


@dataclass(frozen=True, slots=True)
class NewDeviceUsed(ToBeMailed):
    """Somebody logged in from a device, or where it has no name from a peer, that the account did not know."""

    device_id: str
    peer: str
    login_time: datetime


@dataclass(frozen=True, slots=True)
class AccountRemoved(Event):
    """An account that was in use is gone.

    What its last mail needs goes with the event, for nothing else of the account is left. So a dead letter of it, while
    the settings of the mail server are wrong, is all that still tells whose account it was.
    """

    dead_for: ClassVar[timedelta | None] = timedelta(days=7)

    email: str = field(repr=False)
    public_name: str = field(repr=False)
    locale: str


@dataclass(frozen=True, slots=True)
class IdentityLinked(ToBeMailed):
    """Whom a trusted issuer vouches for may use an account that was there before."""

    issuer: str


@dataclass(frozen=True, slots=True)
class EmailChangeRequested(ToBeMailed):
    """Somebody wants their account to have another address. Which one is read when the mail is written."""

    change_id: UUID


@dataclass(frozen=True, slots=True)
class EmailChanged(ToBeMailed):
    """An account has another address."""

    change_id: UUID


@dataclass(frozen=True, slots=True)
class EmailSet(ToBeMailed):
    """The operator gave an account another address, and it has a password that nobody knows."""


@dataclass(frozen=True, slots=True)
class EmailChangeUndone(ToBeMailed):
    """An account has a former address again, and a password that nobody knows."""
