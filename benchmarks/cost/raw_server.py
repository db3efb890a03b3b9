"""The cheapest download that grpc.aio can give: the bytes of one message, over and over.

It is a process of its own, for what it does at its start makes glibc keep freed memory: the other reference would be
four times as fast by that, and no longer be untuned.
"""

import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from emo.assets.v1 import assets_pb2 as pb

CHUNK = 1 << 20
MESSAGE = pb.DownloadAssetResponse(chunk=pb.DownloadChunk(data=bytes(CHUNK), crc32c=1)).SerializeToString()


async def download(request: pb.DownloadAssetRequest, _: Any) -> AsyncIterator[bytes]:
    """As many as there are whole chunks in the length that is asked for."""
    for _ in range(request.length // CHUNK):
        yield MESSAGE


async def serve(port: int) -> None:
    """Serve until killed."""
    server = grpc.aio.server()
    method: Any = grpc.unary_stream_rpc_method_handler(download, pb.DownloadAssetRequest.FromString)
    handler = grpc.method_handlers_generic_handler("emo.assets.v1.AssetsService", {"DownloadAsset": method})
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
