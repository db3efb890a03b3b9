"""What a login leaves behind, and where it is kept."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from emo.users.v1.users_pb2 import Tokens

REFRESH_MARGIN: Final = timedelta(seconds=60)
"""A token that ends sooner than this is refreshed before it is used."""

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The tokens of one session. Times are aware and UTC; `received_time` is by this machine's clock."""

    user_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expire_time: datetime
    refresh_expire_time: datetime
    received_time: datetime

    @classmethod
    def from_tokens(cls, tokens: Tokens, now: datetime) -> "Credentials":
        """Take them from the answer of a login or a refresh."""
        return cls(
            user_id=tokens.user_id,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            access_expire_time=time_of(tokens.access_expire_time),
            refresh_expire_time=time_of(tokens.refresh_expire_time),
            received_time=now,
        )

    def is_expiring(self, now: datetime) -> bool:
        """Whether the access token is about to end.

        Never for a token that just came: when this machine's clock is wrong, the server says so by TOKEN_EXPIRED.
        """
        return now - self.access_expire_time > -REFRESH_MARGIN and now - self.received_time > REFRESH_MARGIN


def time_of(sent: Timestamp) -> datetime:
    """A time that datetime can't hold becomes the earliest or the latest that it can."""
    try:
        return sent.ToDatetime(UTC)
    except (OverflowError, ValueError):
        return EARLIEST if sent.seconds < 0 else LATEST


class CredentialsStore(Protocol):
    """Keeps the credentials of one server, and the device tokens of those who have logged in to it here.

    Obligations: `load` after `save` gives the same, None if there are none. `save` is atomic: a crash leaves the old or
    the new ones. `lock` excludes every other holder, in any process; loading needs no lock.
    """

    async def load(self) -> Credentials | None:
        """The credentials; None when logged out."""
        ...

    async def save(self, credentials: Credentials) -> None:
        """Replace the credentials."""
        ...

    async def clear(self) -> None:
        """Forget the credentials."""
        ...

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Exclude every other refresh."""
        ...

    async def device_token(self, identifier: str) -> str:
        """What the last login with this name or address gave this device; empty if nothing is known of one."""
        ...

    async def keep_device_token(self, identifier: str, token: str) -> None:
        """Replace it; logging out does not forget it."""
        ...


class MemoryCredentialsStore:
    """Keeps them as long as the process lives."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self._credentials = credentials
        self._lock = asyncio.Lock()
        self._device_tokens: dict[str, str] = {}

    async def load(self) -> Credentials | None:
        """See CredentialsStore."""
        return self._credentials

    async def save(self, credentials: Credentials) -> None:
        """See CredentialsStore."""
        self._credentials = credentials

    async def clear(self) -> None:
        """See CredentialsStore."""
        self._credentials = None

    def lock(self) -> AbstractAsyncContextManager[object]:
        """See CredentialsStore."""
        return self._lock

    async def device_token(self, identifier: str) -> str:
        """See CredentialsStore."""
        return self._device_tokens.get(identifier, "")

    async def keep_device_token(self, identifier: str, token: str) -> None:
        """See CredentialsStore."""
        self._device_tokens[identifier] = token
