"""The RPCs of ServerService."""

import grpc

from emo.server.v1.server_pb2 import GetServerInfoRequest, GetServerInfoResponse
from emo.server.v1.server_pb2_grpc import ServerServiceStub
from emo_grpc.client.calls import Calls


class ServerApi:
    """Typed calls, for which nobody has to log in; every one raises EmoClientError."""

    def __init__(self, channel: grpc.aio.Channel, calls: Calls) -> None:
        self._stub = ServerServiceStub(channel)
        self._calls = calls

    async def info(self) -> GetServerInfoResponse:
        """GetServerInfo: its version, and all limits that a client can keep to before it sends."""
        return await self._calls.public(self._stub.GetServerInfo, GetServerInfoRequest())
