"""A server that lives as long as a test, or as all of them."""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from itertools import count
from typing import Any, Final, Self

import grpc

from emo.users.v1.users_pb2 import RegisterUserRequest
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.testing.accounts import Account
from emo_grpc.testing.logged_in_user import LoggedInUser
from emo_grpc.testing.server_process import ServerProcess

NO_PROXY: Final = [("grpc.enable_http_proxy", 0)]


class EphemeralServer:
    """Use it as a context manager, with `async` or without: `emo serve --ephemeral` on a free port of this machine.

    `settings` are those of a server, such as `{"USER_STORAGE_MB": "10"}`; it has no others, whatever the environment
    says. Nothing is on a disk, and all is lost at the end, which takes no time. It ends with this process in any case.
    Raises RuntimeError when it does not start, with what it says of that.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._settings = dict(settings or {})
        self._user = Account("tester")
        self._admin = Account("admin", is_admin=True)
        self._numbers = count(1)

    def __enter__(self) -> Self:
        self._process = ServerProcess([self._user, self._admin], self._settings)
        self.address = self._process.address
        self.channel = grpc.insecure_channel(self.address, options=NO_PROXY)
        try:
            self.user = self._logged_in(self._user)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        self._process.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.__exit__)

    @cached_property
    def admin(self) -> LoggedInUser:
        """Somebody with the role ADMIN."""
        return self._logged_in(self._admin)

    def new_user(self, username: str = "") -> LoggedInUser:
        """Somebody who has nothing yet. Raises grpc.RpcError, as when the name is taken."""
        account = Account(username or f"tester-{next(self._numbers)}")
        # Any: the generated types know only stubs for asyncio.
        users: Any = UsersServiceStub(self.channel)  # type: ignore[arg-type]  # as above
        request = RegisterUserRequest(username=account.username, email=account.email, password=account.password)
        users.RegisterUser(request)
        return self._logged_in(account)

    @property
    def log(self) -> list[str]:
        """The last lines of its log, in JSON."""
        return list(self._process.log)

    def _logged_in(self, account: Account) -> LoggedInUser:
        return LoggedInUser(account, self.address, self.channel)
