"""One client process: `python -m benchmarks.load '{"action": "upload", …}'` prints what it measured as JSON.

It speaks the contract through the generated stubs, the same to emo and to the reference.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import google_crc32c
import grpc
import uvloop

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc
from emo.audit.v1 import audit_pb2, audit_pb2_grpc
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.hosting.allocator import settle_allocator

MIB = 1 << 20
PASSWORD = "correct horse"


async def login(target: str, username: str = "") -> dict[str, str]:
    """Log in, as a new user unless there is a name; gives who it is."""
    name = username or f"bench-{time.time_ns()}"[:32]
    async with grpc.aio.insecure_channel(target) as channel:
        users = users_pb2_grpc.UsersServiceStub(channel)
        if not username:
            await users.RegisterUser(
                users_pb2.RegisterUserRequest(username=name, email=f"{name}@example.org", password=PASSWORD)
            )
        answer = await users.Login(users_pb2.LoginRequest(username=name, password=PASSWORD))
        return {"token": answer.tokens.access_token, "user_id": answer.tokens.user_id, "username": name}


async def logins(target: str, username: str, count: int) -> dict[str, Any]:
    """Log in several times from a device that is known by then; gives seconds."""
    async with grpc.aio.insecure_channel(target) as channel:
        users = users_pb2_grpc.UsersServiceStub(channel)
        request = users_pb2.LoginRequest(username=username, password=PASSWORD, device_id="bench")
        await users.Login(request)
        begin = time.perf_counter()
        for _ in range(count):
            await users.Login(request)
        return {"seconds": time.perf_counter() - begin}


async def upload(target: str, token: str, size: int, streams: int = 1, chunk: int = MIB) -> dict[str, Any]:
    """Upload files side by side; gives seconds and asset ids."""
    data = bytes(range(256)) * (chunk // 256)
    message = pb.UploadAssetRequest(chunk=pb.UploadChunk(data=data, crc32c=google_crc32c.value(data)))
    metadata = (("authorization", f"Bearer {token}"),)
    async with grpc.aio.insecure_channel(target) as channel:
        assets = assets_pb2_grpc.AssetsServiceStub(channel)
        ids = [await _create(assets, metadata, size) if token else "0" * 36 for _ in range(streams)]

        async def one(asset_id: str) -> None:
            async def messages() -> AsyncIterator[pb.UploadAssetRequest]:
                yield pb.UploadAssetRequest(start=pb.UploadStart(asset_id=asset_id))
                for _ in range(size // chunk):
                    yield message
                yield pb.UploadAssetRequest(finish=pb.UploadFinish())

            answer = await assets.UploadAsset(messages(), metadata=metadata)
            if answer.persisted_size != size or not answer.complete:
                raise RuntimeError(f"not complete: {answer}")

        await channel.channel_ready()
        begin = time.perf_counter()
        await asyncio.gather(*(one(asset_id) for asset_id in ids))
        return {"seconds": time.perf_counter() - begin, "asset_ids": ids}


async def _create(assets: Any, metadata: Any, size: int) -> str:
    asset = pb.Asset(title="benchmark", file=pb.File(name="video.mp4", content_type="video/mp4", size_bytes=size))
    answer = await assets.CreateAsset(pb.CreateAssetRequest(asset=asset), metadata=metadata)
    return str(answer.asset_id)


async def create(target: str, token: str, count: int, at_once: int) -> dict[str, Any]:
    """Make assets without bytes over one connection, so many at a time; gives seconds."""
    metadata = (("authorization", f"Bearer {token}"),)
    async with grpc.aio.insecure_channel(target) as channel:
        assets = assets_pb2_grpc.AssetsServiceStub(channel)
        remaining = iter(range(count))

        async def some() -> None:
            for _ in remaining:
                await _create(assets, metadata, MIB)

        await channel.channel_ready()
        begin = time.perf_counter()
        await asyncio.gather(*(some() for _ in range(at_once)))
        return {"seconds": time.perf_counter() - begin}


async def download(
    target: str, token: str, asset_id: str, offset: int = 0, length: int = 0, streams: int = 1
) -> dict[str, Any]:
    """Download a range; gives seconds to the first byte and to the last."""
    metadata = (("authorization", f"Bearer {token}"),)
    async with grpc.aio.insecure_channel(target) as channel:
        assets = assets_pb2_grpc.AssetsServiceStub(channel)
        await channel.channel_ready()
        request = pb.DownloadAssetRequest(asset_id=asset_id, offset=offset, length=length)

        async def one() -> tuple[float, int]:
            first, size = 0.0, 0
            async for message in assets.DownloadAsset(request, metadata=metadata):
                if message.HasField("chunk"):
                    first = first or time.perf_counter() - begin
                    size += len(message.chunk.data)
            return first, size

        begin = time.perf_counter()
        results = await asyncio.gather(*(one() for _ in range(streams)))
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "first_byte": results[0][0], "size": sum(size for _, size in results)}


async def first_bytes(target: str, token: str, requests: list[dict[str, Any]], rounds: int) -> dict[str, Any]:
    """Time to the first byte of several downloads, taken in turns on one channel; gives seconds for each."""
    metadata = (("authorization", f"Bearer {token}"),)
    times: list[list[float]] = [[] for _ in requests]
    async with grpc.aio.insecure_channel(target) as channel:
        assets = assets_pb2_grpc.AssetsServiceStub(channel)
        for _ in range(rounds):
            for index, request in enumerate(requests):
                begin = time.perf_counter()
                call = assets.DownloadAsset(pb.DownloadAssetRequest(**request), metadata=metadata)
                async for message in call:
                    if message.HasField("chunk"):
                        times[index].append(time.perf_counter() - begin)
                        break
                call.cancel()
    return {"times": times}


async def pages(target: str, pages: list[dict[str, Any]], rounds: int) -> dict[str, Any]:
    """Time of list requests of several users, taken in turns; gives seconds for each."""
    times: list[list[float]] = [[] for _ in pages]
    async with grpc.aio.insecure_channel(target) as channel:
        assets = assets_pb2_grpc.AssetsServiceStub(channel)
        for _ in range(rounds):
            for index, page in enumerate(pages):
                metadata = (("authorization", f"Bearer {page['token']}"),)
                begin = time.perf_counter()
                answer = await assets.ListAssets(pb.ListAssetsRequest(**page["request"]), metadata=metadata)
                times[index].append(time.perf_counter() - begin)
                if len(answer.assets) != page["request"]["page_size"]:
                    raise RuntimeError(f"a short page: {len(answer.assets)}")
    return {"times": times}


async def activity(target: str, pages: list[dict[str, Any]], rounds: int) -> dict[str, Any]:
    """The same of ListMyActivity; a time is ISO 8601, and a kind the end of its name."""
    times: list[list[float]] = [[] for _ in pages]
    async with grpc.aio.insecure_channel(target) as channel:
        trail = audit_pb2_grpc.AuditServiceStub(channel)
        for _ in range(rounds):
            for index, page in enumerate(pages):
                metadata = (("authorization", f"Bearer {page['token']}"),)
                request = audit_pb2.ListMyActivityRequest(page_size=page["request"]["page_size"])
                request.kind = audit_pb2.AuditKind.Value(f"AUDIT_KIND_{page['request'].get('kind', 'UNSPECIFIED')}")
                if end_time := page["request"].get("end_time"):
                    request.end_time.FromDatetime(datetime.fromisoformat(end_time))
                begin = time.perf_counter()
                answer = await trail.ListMyActivity(request, metadata=metadata)
                times[index].append(time.perf_counter() - begin)
                if len(answer.events) != request.page_size:
                    raise RuntimeError(f"a short page: {len(answer.events)}")
    return {"times": times}


async def delete(target: str, token: str, asset_id: str) -> dict[str, Any]:
    """Destroy an asset, to have room for the next; servers without a trash destroy what is deleted."""
    async with grpc.aio.insecure_channel(target) as channel:
        assets = assets_pb2_grpc.AssetsServiceStub(channel)
        metadata = (("authorization", f"Bearer {token}"),)
        try:
            await assets.PurgeAsset(pb.PurgeAssetRequest(asset_id=asset_id, force=True), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise
            await assets.DeleteAsset(pb.DeleteAssetRequest(asset_id=asset_id), metadata=metadata)
    return {}


async def deep_token(target: str, token: str, page_size: int, depth: int) -> dict[str, Any]:
    """Walk `depth` rows deep in large pages; gives the token that goes on there with smaller pages."""
    metadata = (("authorization", f"Bearer {token}"),)
    page_token = ""
    async with grpc.aio.insecure_channel(target) as channel:
        assets = assets_pb2_grpc.AssetsServiceStub(channel)
        for _ in range(depth // page_size):
            answer = await assets.ListAssets(
                pb.ListAssetsRequest(page_size=page_size, page_token=page_token), metadata=metadata
            )
            page_token = answer.next_page_token
    return {"page_token": page_token}


ACTIONS = {
    action.__name__: action
    for action in (login, logins, upload, create, download, first_bytes, pages, activity, delete, deep_token)
}


def main() -> None:
    """Run the action of the command line."""
    arguments = json.loads(sys.argv[1])
    if arguments.pop("settled", False):
        settle_allocator()
    print(json.dumps(uvloop.run(ACTIONS[arguments.pop("action")](**arguments))))


if __name__ == "__main__":
    main()
