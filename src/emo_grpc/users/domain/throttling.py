"""How fast passwords may be guessed."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from emo_grpc.users.domain.errors import LoginThrottled

WINDOW: Final = timedelta(minutes=15)
FIRST_WAIT: Final = timedelta(seconds=30)
MAX_WAIT: Final = timedelta(minutes=15)
ACCOUNT_LIMIT: Final = 10
PEER_LIMIT: Final = 100
IPV6_PREFIX: Final = 64  # what one subscriber has
FAMILIAR_FOR: Final = timedelta(days=90)
"""After a login: as long as people leave a device alone that is still theirs."""


@dataclass(frozen=True, slots=True)
class ThrottleKey:
    """Whose failures are counted together.

    `digest` is a SHA-256, hex: people type passwords into name fields. From the `limit`-th failure in a window on,
    each one makes the next wait longer. A success clears an account, and takes back one failure of a peer.
    """

    digest: str
    limit: int
    is_cleared_by_success: bool

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
        return cls._of_account("familiar", f"{account} {_network(address)}")

    @classmethod
    def device(cls, account: str, device_id: str) -> Self:
        """What is remembered of a device that an account was logged in to from; an empty id stands for any device."""
        return cls._of_account("device", f"{account} {device_id}")

    @classmethod
    def peer(cls, address: str) -> Self:
        """By the peer's address, without port; an IPv6 one by its /64."""
        return cls(_digest("peer", _network(address)), PEER_LIMIT, is_cleared_by_success=False)

    @classmethod
    def _of_account(cls, kind: str, name: str) -> Self:
        return cls(_digest(kind, name), ACCOUNT_LIMIT, is_cleared_by_success=True)


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
    blocked_until = now + min(FIRST_WAIT * 2 ** min(over, 16), MAX_WAIT) if over >= 0 else None
    return Failures(count, known.window_start, blocked_until)


def take_back(known: Failures | None, key: ThrottleKey) -> Failures | None:
    """What remains after an attempt turned out to be a success; None = nothing."""
    if known is None or key.is_cleared_by_success or known.count <= 1:
        return None
    count = known.count - 1
    return Failures(count, known.window_start, known.blocked_until if count >= key.limit else None)


def _network(address: str) -> str:
    try:
        if ipaddress.ip_address(address).version == 6:
            return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    except ValueError:
        pass  # a Unix socket, say: the text itself is the key
    return address


def _digest(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()
