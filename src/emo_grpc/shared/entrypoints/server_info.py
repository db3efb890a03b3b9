"""ServerService: one answer, the same for all."""

from typing import Any

import grpc

from emo.server.v1 import server_pb2 as pb
from emo.server.v1 import server_pb2_grpc
from emo_grpc.shared.entrypoints.interceptor import Codec
from emo_grpc.shared.entrypoints.server import Service

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]


class ServerInfoServicer(server_pb2_grpc.ServerServiceServicer):
    """What the server says of itself over gRPC."""

    def __init__(self, info: pb.GetServerInfoResponse) -> None:
        self._info = info

    async def GetServerInfo(  # noqa: N802 - gRPC names the methods
        self,
        request: pb.GetServerInfoRequest,  # noqa: ARG002 - it is empty
        context: Context,  # noqa: ARG002 - as above
    ) -> pb.GetServerInfoResponse:
        """The same answer for everybody."""
        return self._info


def server_info_service(info: pb.GetServerInfoResponse) -> Service:
    """The service. Anybody may call it, so its answer is serialized only once."""
    answer = info.SerializeToString()
    return Service(
        "emo.server.v1.ServerService",
        ServerInfoServicer(info),
        server_pb2_grpc.add_ServerServiceServicer_to_server,
        {"GetServerInfo": Codec(encode=lambda _: answer)},
    )
