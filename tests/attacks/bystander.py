"""Somebody who uses the service while it is attacked, and must not notice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from emo.users.v1 import users_pb2, users_pb2_grpc

PASSWORD = "correct horse"
OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]
DEADLINE_SECONDS = 30

# Any: the generated types know only stubs for asyncio.
make_stub: Any = users_pb2_grpc.UsersServiceStub


class Bystander:
    """A user, logged in over a connection of their own. Each call raises grpc.RpcError if it is not OK."""

    def __init__(self, channel: grpc.Channel, name: str) -> None:
        self._health: Any = health_pb2_grpc.HealthStub(channel)
        self._users = make_stub(channel)
        self._name = name
        request = users_pb2.RegisterUserRequest(username=name, email=f"{name}@example.org", password=PASSWORD)
        self._users.RegisterUser(request, timeout=DEADLINE_SECONDS)
        self._token = ""
        self.log_in()

    @property
    def bearer(self) -> tuple[bytes, bytes]:
        """The header of a call on their behalf."""
        return (b"authorization", b"Bearer " + self._token.encode())

    def log_in(self) -> None:
        """Which strangers do, too."""
        request = users_pb2.LoginRequest(username=self._name, password=PASSWORD)
        self._token = self._users.Login(request, timeout=DEADLINE_SECONDS).tokens.access_token

    def look(self) -> None:
        """Call what needs the token, and what needs none."""
        metadata = (("authorization", f"Bearer {self._token}"),)
        assert self._users.GetMe(users_pb2.GetMeRequest(), metadata=metadata, timeout=DEADLINE_SECONDS).user.user_id
        answer = self._health.Check(health_pb2.HealthCheckRequest(), timeout=DEADLINE_SECONDS)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


@contextmanager
def bystander(port: int, name: str = "ann") -> Iterator[Bystander]:
    """Somebody new, for the block."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=OWN_CONNECTION) as channel:
        yield Bystander(channel, name)
