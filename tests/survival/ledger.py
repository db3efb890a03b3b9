"""What clients were promised, and what they were told instead."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.client import EmoClient, EmoClientError
from survival.raw import RawClient

Answer = TypeVar("Answer")

RETRIABLE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED}
PAUSE_SECONDS = 0.2
UPLOAD = "upload"
CHECKED_AT_ONCE = 16


class Ledger:
    """Every acknowledged write, so that it can be looked for.

    `titles`: those that an asset may have; two of them while nobody knows whether a change has arrived. `seen`: codes
    of failures by how often. `wrong`: what no client should have been told. `slowest`: seconds of the longest call that
    is no upload.
    """

    def __init__(self) -> None:
        self.titles: dict[str, set[str]] = {}
        self.removed: set[str] = set()
        self.logins: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.acknowledged = 0
        self.calls = 0
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0

    async def tried(self, what: str, call: Callable[[], Awaitable[Answer]]) -> tuple[Answer] | None:
        """The answer, or None after a failure that is taken down."""
        began = time.monotonic()
        self.calls += 1
        try:
            return (await call(),)
        except (grpc.aio.AioRpcError, EmoClientError) as error:
            code = error.code() if isinstance(error, grpc.aio.AioRpcError) else error.code
            self.seen[code.name] += 1
            if code not in RETRIABLE:
                self.wrong.append(f"{what}: {error}")
            await asyncio.sleep(PAUSE_SECONDS)  # as a client would, before it tries again
            return None
        finally:
            if what != UPLOAD:
                self.slowest = max(self.slowest, time.monotonic() - began)

    async def written(self, what: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of a write that may be repeated, as soon as there is one; it counts from then on."""
        while True:
            answer = await self.tried(what, call)
            if answer:
                self.acknowledged += 1
                return answer[0]

    async def lost(self, client: EmoClient, raw: RawClient) -> list[str]:
        """What is missing of it all."""
        checks: list[Awaitable[str]] = [
            *(self._check_asset(client, asset_id) for asset_id in self.titles),
            *(self._check_removed(raw, asset_id) for asset_id in self.removed),
            *(_check_login(raw, username, token) for username, token in self.logins.items()),
            *(self._check_file(client, asset_id) for asset_id in self.files),
        ]
        gate = asyncio.Semaphore(CHECKED_AT_ONCE)

        async def gated(check: Awaitable[str]) -> str:
            async with gate:
                return await check

        return [problem for problem in await asyncio.gather(*map(gated, checks)) if problem]

    async def _check_asset(self, client: EmoClient, asset_id: str) -> str:
        try:
            title = (await client.assets.get(asset_id)).title
        except EmoClientError as error:
            return f"asset {asset_id}: {error}"
        return "" if title in self.titles[asset_id] else f"asset {asset_id} is {title}, not {self.titles[asset_id]}"

    async def _check_removed(self, raw: RawClient, asset_id: str) -> str:
        try:
            await raw.asset("GetAsset", pb.GetAssetRequest(asset_id=asset_id))
        except grpc.aio.AioRpcError as error:
            return "" if error.code() is grpc.StatusCode.NOT_FOUND else f"removed {asset_id}: {error.details()}"
        return f"removed asset {asset_id} is back"

    async def _check_file(self, client: EmoClient, asset_id: str) -> str:
        got = b"".join([data async for data in client.download_chunks(asset_id)])
        return "" if got == self.files[asset_id] else f"file {asset_id} has other bytes"


async def _check_login(raw: RawClient, username: str, access_token: str) -> str:
    me: Any = await raw.user("GetMe", users_pb2.GetMeRequest(), token=access_token)
    return "" if me.user.username == username else f"login of {username} is of {me.user.username}"
