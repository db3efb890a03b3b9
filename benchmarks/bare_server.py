"""The reference: grpc.aio with the same contract and nothing behind it, and nothing tuned."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import uvloop

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc

CHUNK = bytes(1 << 20)


class BareServicer(assets_pb2_grpc.AssetsServiceServicer):
    """Throws uploads away, repeats one chunk, answers with one asset."""

    def __init__(self, asset: pb.GetAssetResponse) -> None:
        self._asset = asset

    async def UploadAsset(self, request_iterator: AsyncIterator[pb.UploadAssetRequest], context: Any) -> Any:
        size = 0
        async for message in request_iterator:
            size += len(message.chunk.data)
        return pb.UploadAssetResponse(persisted_size=size, complete=True)

    async def DownloadAsset(self, request: pb.DownloadAssetRequest, context: Any) -> AsyncIterator[Any]:
        yield pb.DownloadAssetResponse(header=pb.DownloadHeader(length=request.length))
        for _ in range(request.length // len(CHUNK)):
            yield pb.DownloadAssetResponse(chunk=pb.DownloadChunk(data=CHUNK, crc32c=1))

    async def GetAsset(self, request: pb.GetAssetRequest, context: Any) -> pb.GetAssetResponse:
        return self._asset


async def serve(port: int, asset: pb.GetAssetResponse) -> None:
    """Serve until killed."""
    server = grpc.aio.server()
    assets_pb2_grpc.add_AssetsServiceServicer_to_server(BareServicer(asset), server)  # type: ignore[abstract] # answers three RPCs
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    answer = pb.GetAssetResponse(asset=pb.Asset(asset_id="0" * 36, title="bare"))
    if len(sys.argv) > 2:
        answer = pb.GetAssetResponse.FromString(Path(sys.argv[2]).read_bytes())
    uvloop.run(serve(int(sys.argv[1]), answer))
