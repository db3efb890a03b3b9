"""The reference of look-ups on MongoDB: grpc.aio and pymongo with nothing around them, and nothing tuned."""

import sys
from typing import Any
from uuid import UUID

import grpc
import uvloop
from pymongo import AsyncMongoClient

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc


class BareMongoServicer(assets_pb2_grpc.AssetsServiceServicer):
    """Finds the document, and answers with one asset."""

    def __init__(self, url: str, database: str) -> None:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(url, uuidRepresentation="standard")
        self._assets = client[database]["assets"]

    async def GetAsset(self, request: pb.GetAssetRequest, context: Any) -> pb.GetAssetResponse:
        found = await self._assets.find_one({"_id": UUID(request.asset_id)})
        if found is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such asset")
            raise AssertionError("abort raises")
        title = found["document"]["description"]["title"]
        return pb.GetAssetResponse(asset=pb.Asset(asset_id=request.asset_id, title=title))


async def serve(port: int, url: str, database: str) -> None:
    """Serve until killed."""
    server = grpc.aio.server()
    assets_pb2_grpc.add_AssetsServiceServicer_to_server(BareMongoServicer(url, database), server)  # type: ignore[abstract] # answers one RPC
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
