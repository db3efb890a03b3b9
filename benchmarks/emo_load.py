"""One client of emo: `python -m benchmarks.emo_load '{"action": "upload", …}'` prints what it measured as JSON.

It is what people would write who keep their files in emo: EmoClient's own transfers, as they are, which check every
chunk and go on after interruptions. `benchmarks.load` speaks the bare contract instead.
"""

import asyncio
import json
import sys
import time
from typing import Any

from benchmarks.cores import CoresInUse
from benchmarks.load import PASSWORD
from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.client import BytesSource, EmoClient


async def run(action: str, target: str, username: str, **given: Any) -> dict[str, Any]:
    """Log in and do it once; gives seconds, how many cores were in use, and the asset's id."""
    async with EmoClient.connect(target) as client:
        await client.login(username, PASSWORD)
        return await (_upload(client, **given) if action == "upload" else _download(client, **given))


async def _upload(client: EmoClient, size: int) -> dict[str, Any]:
    source = BytesSource(bytes(range(256)) * (size // 256))
    begin, cores = time.perf_counter(), CoresInUse()
    result = await client.upload(source, Asset(title="benchmark", file=File(name="video.mp4")))
    return {"seconds": time.perf_counter() - begin, "cores": cores.value(), "asset_id": result.asset_id}


async def _download(client: EmoClient, asset_id: str, size: int) -> dict[str, Any]:
    received = 0
    begin, cores = time.perf_counter(), CoresInUse()
    async for data in client.download_chunks(asset_id):
        received += len(data)
    measured = {"seconds": time.perf_counter() - begin, "cores": cores.value(), "asset_id": asset_id}
    if received != size:
        raise RuntimeError(f"not the whole file: {received} bytes")
    return measured


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(**json.loads(sys.argv[1])))))
