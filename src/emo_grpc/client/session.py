"""Keeps a login alive."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

import grpc

from emo.users.v1.users_pb2 import RefreshTokensRequest, RefreshTokensResponse
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.client.credentials import Credentials, CredentialsStore
from emo_grpc.client.errors import EmoClientError, NotLoggedIn
from emo_grpc.client.retries import OnWait, call_with_retries, ignore_wait
from emo_grpc.client.trace_headers import trace_headers

REFRESH_SECONDS: Final = 60.0
TOKEN_EXPIRED: Final = "TOKEN_EXPIRED"  # noqa: S105 - the name of a reason, no secret
ENDED: Final = "your login has ended; log in again"


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class TokenSource(Protocol):
    """Gives valid access tokens. `renews_on`: the reasons of errors after which another token may be good."""

    @property
    def renews_on(self) -> frozenset[str]:
        """See above."""
        ...

    async def access_token(self) -> str:
        """An access token that is not about to end. Raises EmoClientError."""
        ...

    async def renew(self, rejected: str) -> str:
        """Give another access token than the one that the server `rejected`. Raises EmoClientError."""
        ...

    async def user_id(self) -> str:
        """Whose tokens they are; empty if it is nobody's, or not known. Raises EmoClientError."""
        ...

    async def close(self) -> None:
        """Wait for what is under way."""
        ...


class Session:
    """Gives valid access tokens of a login.

    A refresh is shared by all calls that need it, and with other processes by the store's lock.
    """

    renews_on: Final = frozenset({TOKEN_EXPIRED})

    def __init__(
        self,
        users: UsersServiceStub,
        store: CredentialsStore,
        clock: Callable[[], datetime] = utc_now,
        on_wait: OnWait = ignore_wait,
    ) -> None:
        self._users = users
        self._store = store
        self._clock = clock
        self._on_wait = on_wait
        self._refresh: asyncio.Task[Credentials] | None = None

    async def begin(self, credentials: Credentials) -> None:
        """Take over the credentials of a login."""
        async with self._store.lock():  # a refresh under way elsewhere must not overwrite it
            await self._store.save(credentials)

    async def access_token(self) -> str:
        """An access token that is not about to end. Raises NotLoggedIn, or the error of a refresh."""
        credentials = await self._load()
        if credentials.is_expiring(self._clock()):
            return await self.renew(credentials.access_token)
        return credentials.access_token

    async def renew(self, rejected: str) -> str:
        """Give another access token than the one that the server `rejected`."""
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.create_task(self._renew(rejected))
        # Shielded: a caller that is cancelled must not lose the new refresh token, since the old one is spent.
        return (await asyncio.shield(self._refresh)).access_token

    async def user_id(self) -> str:
        """Who is logged in. Raises NotLoggedIn."""
        return (await self._load()).user_id

    async def close(self) -> None:
        """Wait for a refresh that is under way, so that its tokens are kept."""
        if self._refresh is not None:
            await asyncio.gather(self._refresh, return_exceptions=True)

    async def _load(self) -> Credentials:
        credentials = await self._store.load()
        if credentials is None:
            raise NotLoggedIn
        return credentials

    async def _renew(self, rejected: str) -> Credentials:
        async with self._store.lock():
            credentials = await self._load()
            if credentials.access_token != rejected:
                return credentials  # another process was faster
            renewed = await self._exchange(credentials)
            await self._store.save(renewed)
            return renewed

    async def _exchange(self, credentials: Credentials) -> Credentials:
        request = RefreshTokensRequest(refresh_token=credentials.refresh_token)

        async def once(seconds: float) -> RefreshTokensResponse:
            return await self._users.RefreshTokens(request, timeout=seconds, metadata=trace_headers())

        try:
            answer = await call_with_retries(once, REFRESH_SECONDS, self._on_wait)
        except EmoClientError as error:
            if error.code is not grpc.StatusCode.UNAUTHENTICATED:
                raise
            await self._store.clear()
            raise NotLoggedIn(ENDED, reason=error.reason) from error
        return Credentials.from_tokens(answer.tokens, self._clock())
