"""How a backend comes in: with a key of its service account, for itself or for a user."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from emo.users.v1.users_pb2 import TOKEN_TYPE_SERVICE_KEY, ExchangeTokenRequest, ExchangeTokenResponse
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.client.credentials import REFRESH_MARGIN, time_of
from emo_grpc.client.errors import NotLoggedIn
from emo_grpc.client.retries import OnWait, call_with_retries, ignore_wait
from emo_grpc.client.session import REFRESH_SECONDS, TOKEN_EXPIRED, utc_now
from emo_grpc.client.trace_headers import trace_headers

SESSION_REVOKED: Final = "SESSION_REVOKED"


@dataclass(frozen=True, slots=True)
class ServiceLogin:
    """A key of a service account, and for whom it calls: a user's id or username; empty = in its own name.

    No `scopes` = all.
    """

    service_key: str = field(repr=False)
    for_user: str = ""
    scopes: tuple[str, ...] = ()

    def source(self, users: UsersServiceStub, on_wait: OnWait) -> "ServiceSession":
        """What gives its access tokens."""
        return ServiceSession(users, self, on_wait=on_wait)

    def request(self) -> ExchangeTokenRequest:
        """What gets an access token."""
        made = ExchangeTokenRequest(scopes=self.scopes)
        if not self.for_user:
            made.subject_token, made.subject_token_type = self.service_key, TOKEN_TYPE_SERVICE_KEY
            return made
        made.actor_token, made.actor_token_type = self.service_key, TOKEN_TYPE_SERVICE_KEY
        if _is_id(self.for_user):
            made.user_id = self.for_user
        else:
            made.username = self.for_user
        return made


class ServiceSession:
    """Gives valid access tokens for a key; an exchange is shared by all calls that need it. Nothing is stored.

    A session that was ended begins anew at the next call, but ends a transfer under way: who does not want the service
    to act says so to the service, or to an administrator.
    """

    renews_on: Final = frozenset({TOKEN_EXPIRED, SESSION_REVOKED})

    def __init__(
        self,
        users: UsersServiceStub,
        login: ServiceLogin,
        clock: Callable[[], datetime] = utc_now,
        on_wait: OnWait = ignore_wait,
    ) -> None:
        self._users = users
        self._login = login
        self._clock = clock
        self._on_wait = on_wait
        self._token: ExchangeTokenResponse | None = None
        self._received = clock()
        self._exchange: asyncio.Task[str] | None = None

    async def access_token(self) -> str:
        """An access token that is not about to end. Raises the error of an exchange."""
        if self._token is None or self._is_expiring(self._token):
            return await self.renew("" if self._token is None else self._token.access_token)
        return self._token.access_token

    async def renew(self, rejected: str) -> str:
        """Give another access token than the one that the server `rejected`."""
        if self._token is not None and self._token.access_token != rejected:
            return self._token.access_token  # another call was faster
        if self._exchange is None or self._exchange.done():
            self._exchange = asyncio.create_task(self._exchanged())
        return await asyncio.shield(self._exchange)  # others may wait for it, too

    async def user_id(self) -> str:
        """For whom the service calls; empty in its own name. Raises the error of an exchange."""
        await self.access_token()
        return "" if self._token is None else self._token.user_id

    async def close(self) -> None:
        """Wait for an exchange that is under way."""
        if self._exchange is not None:
            await asyncio.gather(self._exchange, return_exceptions=True)

    async def _exchanged(self) -> str:
        request = self._login.request()

        async def once(seconds: float) -> ExchangeTokenResponse:
            return await self._users.ExchangeToken(request, timeout=seconds, metadata=trace_headers())

        self._token = await call_with_retries(once, REFRESH_SECONDS, self._on_wait)
        self._received = self._clock()
        return self._token.access_token

    def _is_expiring(self, token: ExchangeTokenResponse) -> bool:
        """As `Credentials.is_expiring`: never for one that just came, for this machine's clock may be wrong."""
        now = self._clock()
        return now - time_of(token.expire_time) > -REFRESH_MARGIN and now - self._received > REFRESH_MARGIN


class GivenToken:
    """An access token that somebody else got, and keeps alive."""

    renews_on: Final = frozenset[str]()

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def source(self, users: UsersServiceStub, on_wait: OnWait) -> "GivenToken":
        """Itself."""
        del users, on_wait
        return self

    async def access_token(self) -> str:
        """It."""
        return self._access_token

    async def renew(self, rejected: str) -> str:
        """Nothing can; raises NotLoggedIn."""
        del rejected
        raise NotLoggedIn("the access token that was given has ended", reason=TOKEN_EXPIRED)

    async def user_id(self) -> str:
        """Not known."""
        return ""

    async def close(self) -> None:
        """Nothing is under way."""


def instead_of_login(service_key: str, for_user: str, access_token: str) -> ServiceLogin | GivenToken | None:
    """What a client comes in with in place of a login, if it is given; raises ValueError for what makes no sense."""
    if service_key and access_token:
        raise ValueError("a service key and an access token exclude each other")
    if for_user and not service_key:
        raise ValueError("only a service calls for a user: give its key")
    if service_key:
        return ServiceLogin(service_key, for_user)
    return GivenToken(access_token) if access_token else None


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
