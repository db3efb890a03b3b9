"""One client process: moves a folder and renames a tag, calls meanwhile, and prints how long each took as JSON."""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import grpc
import uvloop

from benchmarks.load import login
from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc

MOVER = "the same user"
QUIET_SECONDS = 5.0
BETWEEN_SECONDS = 0.02
LOGGED_IN_SECONDS = 600.0
"""An access token lives for 900."""


@dataclass
class Bystanders:
    """Somebody else and who moves, each with one call of a kind at a time; `seconds` that they waited, by the kind."""

    target: str
    stub: Any
    usernames: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def log_in(self) -> None:
        """Get an access token for each of them."""
        self.tokens = {who: (await login(self.target, name))["token"] for who, name in self.usernames.items()}

    async def stay_logged_in(self) -> None:
        """A move may take longer than a token lives."""
        while True:
            await asyncio.sleep(LOGGED_IN_SECONDS)
            await self.log_in()

    async def call(self, rpc: str, who: str, **fields: Any) -> Any:
        """Call until it does not meet another change any more, as clients do."""
        request = getattr(pb, f"{rpc}Request")(**fields)
        while True:
            try:
                metadata = (("authorization", f"Bearer {self.tokens[who]}"),)
                return await getattr(self.stub, rpc)(request, metadata=metadata)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.ABORTED:
                    raise

    async def watch(self, is_over: Callable[[], bool]) -> dict[str, list[float]]:
        """Call until it is over; gives what was waited."""
        self.seconds.clear()
        kinds = [(who, rpc) for who in self.usernames for rpc in ("CreateAsset", "GetAsset", "ListAssets")]
        await asyncio.gather(*(self._repeat(who, rpc, is_over) for who, rpc in kinds))
        return dict(self.seconds)

    async def _repeat(self, who: str, rpc: str, is_over: Callable[[], bool]) -> None:
        asset = pb.Asset(title="meanwhile", file=pb.File(name="a.jpg", content_type="image/jpeg"))
        made = await self.call("CreateAsset", who, asset=asset)
        fields = {"CreateAsset": {"asset": asset}, "GetAsset": {"asset_id": made.asset_id}}.get(rpc, {"page_size": 100})
        while not is_over():
            begin = time.perf_counter()
            await self.call(rpc, who, **fields)
            self.seconds[f"{rpc} of {who}"].append(time.perf_counter() - begin)
            await asyncio.sleep(BETWEEN_SECONDS)


async def main(target: str, mover: str, other: str, rpc: str, fields: dict[str, str]) -> dict[str, Any]:
    """What they wait while the mover has that done, by an RPC that is repeated until nothing remains; "": by none.

    Gives the `seconds` that it took, and by the kind of call the `waits`.
    """
    async with grpc.aio.insecure_channel(target) as channel:
        usernames = {MOVER: mover, "another": other}
        others = Bystanders(target, assets_pb2_grpc.AssetsServiceStub(channel), usernames)
        await others.log_in()
        logging_in = asyncio.create_task(others.stay_logged_in())

        async def done() -> float:
            begin = time.perf_counter()
            request_id = str(uuid4())
            while rpc and (await others.call(rpc, MOVER, request_id=request_id, **fields)).remaining_count:
                pass
            await asyncio.sleep(0 if rpc else QUIET_SECONDS)
            return time.perf_counter() - begin

        task = asyncio.create_task(done())
        waits = await others.watch(task.done)
        logging_in.cancel()
        return {"seconds": await task, "waits": waits}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(**json.loads(sys.argv[1])))))
