"""A client that is nothing but the generated stubs: no retries, no deadline of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1.assets_pb2_grpc import AssetsServiceStub
from emo.users.v1 import users_pb2
from emo.users.v1.users_pb2_grpc import UsersServiceStub

# One connection for each client, and no retries behind our back.
OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0), ("grpc.max_reconnect_backoff_ms", 500)]


class RawClient:
    """Somebody who is logged in. Any: one method for all messages."""

    def __init__(self, channel: grpc.aio.Channel, upload_channel: grpc.Channel) -> None:
        self._assets: Any = AssetsServiceStub(channel)
        # Any: the generated types know only stubs for asyncio.
        stub_with_threads: Any = AssetsServiceStub
        self._uploads: Any = stub_with_threads(upload_channel)
        self._users: Any = UsersServiceStub(channel)
        self.token = ""

    async def asset(self, name: str, request: Any, seconds: float | None = None) -> Any:
        """Call an RPC of AssetsService."""
        return await getattr(self._assets, name)(request, metadata=_bearer(self.token), timeout=seconds)

    async def user(
        self, name: str, request: Any, seconds: float | None = None, token: str = "", address: str = ""
    ) -> Any:
        """Call an RPC of UsersService, perhaps as the proxy of who has that address."""
        metadata = _bearer(token or self.token) + ((("x-forwarded-for", address),) if address else ())
        return await getattr(self._users, name)(request, metadata=metadata, timeout=seconds)

    async def upload(self, messages: Sequence[pb.UploadAssetRequest], ends: bool = True) -> pb.UploadAssetResponse:
        """Send these, and end the stream or wait for what the server says to it unended.

        Over grpc's client with threads: when a server answers before all is sent, the one for asyncio may show the
        failed write in place of that answer.
        """
        answered = threading.Event()

        def sent() -> Iterator[pb.UploadAssetRequest]:
            yield from messages
            if not ends:
                answered.wait()

        call = self._uploads.UploadAsset.future(sent(), metadata=_bearer(self.token))
        try:
            answer: pb.UploadAssetResponse = await asyncio.to_thread(call.result)
        finally:
            answered.set()
            call.cancel()
        return answer

    async def download(self, asset_id: str) -> bytes:
        """All of a file."""
        call = self._assets.DownloadAsset(pb.DownloadAssetRequest(asset_id=asset_id), metadata=_bearer(self.token))
        return b"".join([message.chunk.data async for message in call])

    async def log_in(self, username: str, password: str) -> users_pb2.Tokens:
        """Be this person from now on."""
        answer = await self.user("Login", users_pb2.LoginRequest(username=username, password=password))
        tokens: users_pb2.Tokens = answer.tokens
        self.token = tokens.access_token
        return tokens


@asynccontextmanager
async def raw_client(address: str) -> AsyncIterator[RawClient]:
    """One that is not logged in yet."""
    with grpc.insecure_channel(address, options=OPTIONS) as upload_channel:
        async with grpc.aio.insecure_channel(address, options=OPTIONS) as channel:
            yield RawClient(channel, upload_channel)


def _bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),) if token else ()
