"""What happens to accounts. `UserRemoved` is published, so it lives in `shared`."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Event


@dataclass(frozen=True, slots=True)
class UserRegistered(Event):
    """A person made an account.

    Only its id: address and language are read when the mail is written, and its token is minted then, so that
    neither lies in the outbox.
    """

    user_id: UserId


@dataclass(frozen=True, slots=True)
class AddressReused(Event):
    """Somebody registered with the address of this account, and was not told that it has one."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class ActivationMailRequested(Event):
    """Somebody asked for another activation mail.

    An address that nobody has stands for an id that nobody has: see MailRequestHandlers.
    """

    user_id: UserId


@dataclass(frozen=True, slots=True)
class PasswordResetRequested(Event):
    """Somebody asked for a token for another password; the id as in ActivationMailRequested."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """The account has another password, by whatever way."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class NewDeviceUsed(Event):
    """Somebody logged in from a device, or where it has no name from a peer, that the account did not know."""

    user_id: UserId
    device_id: str
    peer: str
    login_time: datetime


@dataclass(frozen=True, slots=True)
class AccountRemoved(Event):
    """An account that was in use is gone.

    What its last mail needs goes with the event, for nothing else of the account is left.
    """

    email: str = field(repr=False)
    public_name: str = field(repr=False)
    locale: str


@dataclass(frozen=True, slots=True)
class IdentityLinked(Event):
    """Whom a trusted issuer vouches for may use an account that was there before."""

    user_id: UserId
    issuer: str


@dataclass(frozen=True, slots=True)
class EmailChangeRequested(Event):
    """Somebody wants their account to have another address. Which one is read when the mail is written."""

    user_id: UserId
    change_id: UUID


@dataclass(frozen=True, slots=True)
class EmailChanged(Event):
    """An account has another address."""

    user_id: UserId
    change_id: UUID


@dataclass(frozen=True, slots=True)
class EmailChangeUndone(Event):
    """An account has a former address again, and a password that nobody knows."""

    user_id: UserId
