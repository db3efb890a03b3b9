"""How fast passwords may be guessed, and how often strangers may ask for something."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from emo_grpc.shared.domain.networks import NETWORK_PREFIXES, network_of
from emo_grpc.users.domain.errors import LoginThrottled

WINDOW: Final = timedelta(minutes=15)
FIRST_WAIT: Final = timedelta(seconds=30)
MAX_WAIT: Final = timedelta(minutes=15)
ACCOUNT_LIMIT: Final = 10
DEVICES_LIMIT: Final = 30
"""Of wrong passwords on all the known devices of an account together."""
MAIL_LIMIT: Final = 5
"""Of mails that a stranger may have sent to somebody."""
NETWORK_LIMIT: Final = 100
HOST_PREFIXES: Final = {4: 32, 6: 64}
SHARES: Final = 16
SHARE_LIMIT: Final = 500
SHARE_WAIT: Final = timedelta(seconds=1)
"""In all networks together 8,000 attempts in a window, then 16 a second. Counted in 16 shares, each of some networks,
since all of them in one record would wait for each other; and no wait grows, or a flood would lock everybody out."""
FAMILIAR_FOR: Final = timedelta(days=90)
"""After a login: as long as people leave a device alone that is still theirs."""
DEVICE_LIFETIME: Final = timedelta(days=365)
"""Of a token that only the device has; an address gets other people much sooner."""


class Entrance(StrEnum):
    """Where strangers come in beside the login, and what is counted there: requests, or keys that were not good."""

    REGISTRATION = "registration"
    ACTIVATION_MAIL = "activation mail"
    RESET_MAIL = "reset mail"
    ADDRESS_MAIL = "address mail"
    TOKEN_EXCHANGE = "token exchange"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True)
class ThrottleKey:
    """Whose attempts are counted together.

    `digest` is a SHA-256, hex: people type passwords into name fields. From the `limit`-th failure in a window on,
    each one makes the next wait longer, up to `max_wait`. A success clears an account, and takes back one failure of
    a network or a share.
    """

    digest: str
    limit: int
    is_cleared_by_success: bool
    max_wait: timedelta = MAX_WAIT

    @classmethod
    def account(cls, account: str) -> Self:
        """Of logins to one account, by its id, so that all its names count together."""
        return cls._of_account("account", account)

    @classmethod
    def nobody(cls, name: str) -> Self:
        """Of logins by a name that nobody has: it is counted too, or its freedom would tell."""
        return cls._of_account("nobody", name.casefold())

    @classmethod
    def caller(cls, account: str) -> Self:
        """Of passwords that somebody gives who is logged in: what strangers try at the login hinders nobody in that."""
        return cls._of_account("caller", account)

    @classmethod
    def request(cls, request_id: str) -> Self:
        """Of passwords that are compared because a registration is repeated."""
        return cls._of_account("request", request_id)

    @classmethod
    def familiar(cls, account: str, address: str) -> Self:
        """Of logins to one account from one peer; it is also what is remembered when such a login was right."""
        return cls._of_account("familiar", f"{account} {network_of(address, HOST_PREFIXES)}")

    @classmethod
    def device(cls, account: str, device_id: str) -> Self:
        """What is remembered of a device that an account was logged in to from; an empty id stands for any device."""
        return cls._of_account("device", f"{account} {device_id}")

    @classmethod
    def trusted_device(cls, account: str, device: str) -> Self:
        """Of logins to one account from a device that has shown its token."""
        return cls._of_account("trusted device", f"{account} {device}")

    @classmethod
    def trusted_devices(cls, account: str) -> Self:
        """Of logins to one account from any such device: who makes many has no more guesses by that."""
        return cls._of_account("trusted devices", account, DEVICES_LIMIT)

    @classmethod
    def network(cls, address: str, entrance: str = "login") -> Self:
        """Of a peer's network: by its address, without port, the /24 of IPv4 or the /56 of IPv6."""
        network = network_of(address, NETWORK_PREFIXES)
        return cls(_digest(f"{entrance} network", network), NETWORK_LIMIT, is_cleared_by_success=False)

    @classmethod
    def share(cls, address: str, entrance: str = "login") -> Self:
        """Of all networks, one part: always the same for a network."""
        share = int(cls.network(address).digest, 16) % SHARES
        return cls(
            _digest(f"{entrance} share", str(share)), SHARE_LIMIT, is_cleared_by_success=False, max_wait=SHARE_WAIT
        )

    @classmethod
    def at(cls, entrance: Entrance, account: str, address: str) -> tuple[Self, Self, Self]:
        """All that count at an entrance. `account`: whom it is about, as its mailbox or the id of its key says."""
        is_mail = entrance in (Entrance.ACTIVATION_MAIL, Entrance.RESET_MAIL, Entrance.ADDRESS_MAIL)
        key = cls._of_account(f"{entrance} account", account, MAIL_LIMIT if is_mail else ACCOUNT_LIMIT)
        return key, cls.network(address, entrance), cls.share(address, entrance)

    @classmethod
    def _of_account(cls, kind: str, name: str, limit: int = ACCOUNT_LIMIT) -> Self:
        return cls(_digest(kind, name), limit, is_cleared_by_success=True)


@dataclass(frozen=True, slots=True)
class Failures:
    """What is known of one key. It may be forgotten at `forget_time`."""

    count: int
    window_start: datetime
    blocked_until: datetime | None = None

    @property
    def forget_time(self) -> datetime:
        """When nothing depends on it any more."""
        return (self.blocked_until or self.window_start) + WINDOW


def count_attempt(known: Failures | None, key: ThrottleKey, now: datetime) -> Failures:
    """Count an attempt as failed before it is made, so that many at once don't slip through.

    Raises LoginThrottled, and then counts nothing.
    """
    if known is None or known.forget_time <= now:
        known = Failures(0, now)
    if known.blocked_until is not None and now < known.blocked_until:
        raise LoginThrottled(known.blocked_until - now)
    count = known.count + 1
    over = count - key.limit
    blocked_until = now + min(FIRST_WAIT * 2 ** min(over, 16), key.max_wait) if over >= 0 else None
    return Failures(count, known.window_start, blocked_until)


def take_back(known: Failures | None, key: ThrottleKey) -> Failures | None:
    """What remains after an attempt turned out to be a success; None = nothing."""
    if known is None or key.is_cleared_by_success or known.count <= 1:
        return None
    count = known.count - 1
    return Failures(count, known.window_start, known.blocked_until if count >= key.limit else None)


def _digest(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()
