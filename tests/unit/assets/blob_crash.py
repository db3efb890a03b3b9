"""A process that is killed in the middle of what a blob store does; run with root, step and the action's arguments.

It sends itself SIGKILL just before its `step`-th change of the file system, so that every crash point can be tried.
"""

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path
from uuid import UUID

from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import PartReceipt

CHANGES = {"os.mkdir", "os.link", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "open"}


async def act(root: str, action: str, key: str, handle: str, *tokens: str) -> None:
    store = FilesystemBlobStore(Path(root))
    blob_key = BlobKey(UUID(key))
    receipts = [PartReceipt(number, token) for number, token in enumerate(tokens, start=1)]
    if action == "complete":
        await store.complete(blob_key, handle, receipts)
    elif action == "abort":
        await store.abort(blob_key, handle)
    else:
        await store.delete(blob_key)
    store.close()


def main(root: str, step: str, *arguments: str) -> None:
    counter = itertools.count(1)

    def kill_at_the_step(event: str, values: tuple[object, ...]) -> None:
        if event in CHANGES and root in str(values[0]) and next(counter) == int(step):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill_at_the_step)
    asyncio.run(act(root, *arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
