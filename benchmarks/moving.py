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

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc

QUIET_SECONDS = 5.0
BETWEEN_SECONDS = 0.02


@dataclass
class Bystanders:
    """Somebody else and who moves, each with one call of a kind at a time; `seconds` that they waited, by the kind."""

    stub: Any
    tokens: dict[str, str]
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def call(self, rpc: str, token: str, **fields: Any) -> Any:
        """Call until it does not meet another change any more, as clients do."""
        request = getattr(pb, f"{rpc}Request")(**fields)
        while True:
            try:
                return await getattr(self.stub, rpc)(request, metadata=(("authorization", f"Bearer {token}"),))
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.ABORTED:
                    raise

    async def watch(self, is_over: Callable[[], bool]) -> dict[str, list[float]]:
        """Call until it is over; gives what was waited."""
        self.seconds.clear()
        kinds = [(who, rpc) for who in self.tokens for rpc in ("CreateAsset", "GetAsset", "ListAssets")]
        await asyncio.gather(*(self._repeat(who, rpc, is_over) for who, rpc in kinds))
        return dict(self.seconds)

    async def _repeat(self, who: str, rpc: str, is_over: Callable[[], bool]) -> None:
        token = self.tokens[who]
        asset = pb.Asset(title="meanwhile", file=pb.File(name="a.jpg", content_type="image/jpeg"))
        made = await self.call("CreateAsset", token, asset=asset)
        fields = {"CreateAsset": {"asset": asset}, "GetAsset": {"asset_id": made.asset_id}}.get(rpc, {"page_size": 100})
        while not is_over():
            begin = time.perf_counter()
            await self.call(rpc, token, **fields)
            self.seconds[f"{rpc} of {who}"].append(time.perf_counter() - begin)
            await asyncio.sleep(BETWEEN_SECONDS)


async def main(target: str, mover: str, other: str, rpc: str, fields: dict[str, str]) -> dict[str, Any]:
    """What they wait while the mover has that done, by an RPC that is repeated until nothing remains; "": by none.

    Gives the `seconds` that it took, and by the kind of call the `waits`.
    """
    async with grpc.aio.insecure_channel(target) as channel:
        others = Bystanders(assets_pb2_grpc.AssetsServiceStub(channel), {"the same user": mover, "another": other})

        async def done() -> float:
            begin = time.perf_counter()
            request_id = str(uuid4())
            while rpc and (await others.call(rpc, mover, request_id=request_id, **fields)).remaining_count:
                pass
            await asyncio.sleep(0 if rpc else QUIET_SECONDS)
            return time.perf_counter() - begin

        task = asyncio.create_task(done())
        waits = await others.watch(task.done)
        return {"seconds": await task, "waits": waits}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(**json.loads(sys.argv[1])))))
