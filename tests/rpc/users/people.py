"""People who call UsersService, and how these tests read its errors."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from emo.users.v1 import users_pb2 as pb
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.users.domain.commands import CreateUser
from emo_grpc.users.domain.user import Role

PASSWORD = "correct horse"
Metadata = tuple[tuple[str, str], ...]


@dataclass
class People:
    """A stub, and the bus for what only the operator does."""

    stub: Any  # grpc's stub types say nothing of metadata
    bus: MessageBus

    async def register(self, username: str = "ana") -> str:
        request = pb.RegisterUserRequest(username=username, email=f"{username}@example.org", password=PASSWORD)
        response: pb.RegisterUserResponse = await self.stub.RegisterUser(request)
        return response.user_id

    async def log_in(self, username: str = "ana", **fields: Any) -> pb.Tokens:
        fields = {"password": PASSWORD} | fields
        response: pb.LoginResponse = await self.stub.Login(pb.LoginRequest(username=username, **fields))
        return response.tokens

    async def admin(self) -> Metadata:
        await self.bus.handle(
            CreateUser(username="root", email="root@example.org", password=PASSWORD, roles=frozenset({Role.ADMIN}))
        )
        return bearer(await self.log_in("root"))


def bearer(tokens: pb.Tokens) -> Metadata:
    """The metadata of a caller."""
    return (("authorization", f"Bearer {tokens.access_token}"),)


async def failure(call: Awaitable[Any]) -> tuple[grpc.StatusCode, str, list[str]]:
    """The code, the reason and the violated fields of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)
    assert status is not None
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    return caught.value.code(), info.reason, [violation.field for violation in bad.field_violations]
