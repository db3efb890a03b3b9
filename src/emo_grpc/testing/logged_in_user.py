"""Somebody who uses a server in tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import grpc

from emo.users.v1.users_pb2 import LoginRequest, Tokens
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.client import EmoClient
from emo_grpc.client.credentials import REFRESH_MARGIN, time_of
from emo_grpc.testing.accounts import Account


class LoggedInUser:
    """An account, logged in: for stubs by `metadata`, for the client of this package by `client`."""

    def __init__(self, account: Account, address: str, channel: grpc.Channel) -> None:
        self._account = account
        self._address = address
        # Any: the generated types know only stubs for asyncio.
        self._users: Any = UsersServiceStub(channel)  # type: ignore[arg-type]  # as above
        self._tokens = self._login()

    def __repr__(self) -> str:
        return f"LoggedInUser({self.username!r})"

    @property
    def username(self) -> str:
        """What it logs in with."""
        return self._account.username

    @property
    def password(self) -> str:
        """And this; random."""
        return self._account.password

    @property
    def user_id(self) -> str:
        """UUID, canonical text."""
        return self._tokens.user_id

    @property
    def access_token(self) -> str:
        """One that is good for a minute at least; fresh, as it comes from a login."""
        if time_of(self._tokens.access_expire_time) - datetime.now(UTC) < REFRESH_MARGIN:
            self._tokens = self._login()
        return self._tokens.access_token

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What a call carries: `stub.GetMe(request, metadata=user.metadata)`."""
        return (("authorization", f"Bearer {self.access_token}"),)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[EmoClient]:
        """A connection with a login of its own, closed at the end."""
        async with EmoClient.connect(self._address) as client:
            await client.login(self.username, self.password)
            yield client

    def _login(self) -> Tokens:
        request = LoginRequest(username=self.username, password=self.password)
        tokens: Tokens = self._users.Login(request).tokens
        return tokens
