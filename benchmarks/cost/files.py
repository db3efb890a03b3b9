"""The files that are measured: `python -m benchmarks.cost.files '{"action": "create", …}'` makes and destroys them."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.client import load, run_client
from benchmarks.load import PASSWORD
from benchmarks.servers import ServerProcess
from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.client import EmoClient

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class NewFiles:
    """Files of one user that are still to be uploaded."""

    token: str
    asset_ids: list[str]


@contextmanager
def new_files(emo: ServerProcess, size: int, count: int = 1) -> Iterator[NewFiles]:
    """A new user's, for the block; all bytes are gone from the disk after it, so that nobody else pays for that."""
    user = load("login", target=emo.target)
    before = _stored(emo)
    made = run_client("cost.files", {"action": "create", "size": size, "count": count, **_caller(emo, user)})
    yield NewFiles(user["token"], made["asset_ids"])
    run_client("cost.files", {"action": "destroy", "asset_ids": made["asset_ids"], **_caller(emo, user)})
    _wait_until_gone(emo, before)


def _caller(emo: ServerProcess, user: dict[str, str]) -> dict[str, str]:
    return {"target": emo.target, "username": user["username"]}


def _stored(emo: ServerProcess) -> set[str]:
    """Paths of all files that are kept; folders may go meanwhile, which os.walk passes over."""
    walked = os.walk(f"{emo.folder}/files")
    return {f"{folder}/{name}" for folder, _, names in walked for name in names}


def _wait_until_gone(emo: ServerProcess, before: set[str]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not _stored(emo) <= before:
        if time.monotonic() > end:
            raise RuntimeError("the server does not drop what is deleted")
        time.sleep(0.05)


async def create(client: EmoClient, size: int, count: int) -> dict[str, Any]:
    """Assets without their bytes; gives their ids."""
    file = File(name="video.mp4", content_type="video/mp4", size_bytes=size)
    ids = [await client.assets.create(Asset(title="benchmark", file=file)) for _ in range(count)]
    return {"asset_ids": ids}


async def destroy(client: EmoClient, asset_ids: list[str]) -> dict[str, Any]:
    """Assets with their bytes."""
    for asset_id in asset_ids:
        await client.assets.purge(asset_id, force=True)
    return {}


ACTIONS = {action.__name__: action for action in (create, destroy)}


async def run(action: str, target: str, username: str, **given: Any) -> dict[str, Any]:
    """Log in and do it once."""
    async with EmoClient.connect(target) as client:
        await client.login(username, PASSWORD)
        return await ACTIONS[action](client, **given)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(**json.loads(sys.argv[1])))))
