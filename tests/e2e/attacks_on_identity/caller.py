"""Somebody who calls a server over the network, and what they are told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import grpc

from emo.audit.v1 import audit_pb2, audit_pb2_grpc
from emo.service_accounts.v1 import service_accounts_pb2, service_accounts_pb2_grpc
from emo.users.v1 import users_pb2, users_pb2_grpc
from rpc.services import bearer
from rpc.vault import Metadata, failure_of

SECONDS = 60.0
MESSAGES = {"users": users_pb2, "audit": audit_pb2, "service_accounts": service_accounts_pb2}
# Any: the generated types know only stubs for asyncio.
STUBS: dict[str, Any] = {
    "users": users_pb2_grpc.UsersServiceStub,
    "audit": audit_pb2_grpc.AuditServiceStub,
    "service_accounts": service_accounts_pb2_grpc.ServiceAccountsServiceStub,
}


@dataclass
class Caller:
    """Has one connection, perhaps a token, and sends headers of their own with each call."""

    channel: grpc.Channel
    token: str = field(default="", repr=False)
    headers: Metadata = ()

    def begin(self, rpc: str, service: str = "users", **fields: Any) -> Any:
        """A call under way, with these fields of its request."""
        request = getattr(MESSAGES[service], f"{rpc}Request")(**fields)
        metadata = (*(bearer(self.token) if self.token else ()), *self.headers)
        return getattr(STUBS[service](self.channel), rpc).future(request, metadata=metadata, timeout=SECONDS)

    def call(self, rpc: str, service: str = "users", **fields: Any) -> Any:
        """The answer."""
        return self.begin(rpc, service, **fields).result()

    def attempt(self, rpc: str, service: str = "users", **fields: Any) -> str:
        """OK, or the code and the reason for which it is refused."""
        return ending(self.begin(rpc, service, **fields))

    def with_token(self, token: str) -> "Caller":
        """The same, with this token."""
        return Caller(self.channel, token, self.headers)

    def with_headers(self, *headers: tuple[str, str]) -> "Caller":
        """The same, with these headers."""
        return Caller(self.channel, self.token, headers)


def ending(call: Any) -> str:
    """How a call ends: OK, or the code and the reason."""
    error = call.exception()
    assert error is None or isinstance(error, grpc.RpcError)
    return "OK" if error is None else failure_of(error).brief


def endings(calls: Iterable[Any]) -> list[str]:
    """How calls end that are all under way, in the order of the alphabet."""
    return sorted(map(ending, list(calls)))
