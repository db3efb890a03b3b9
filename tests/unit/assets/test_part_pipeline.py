"""Parts that are being stored when nobody waits for them any more."""

import asyncio
import threading
from functools import partial

import pytest

from emo_grpc.assets.service_layer.ports import PartSink, Put
from emo_grpc.assets.service_layer.upload.part_pipeline import PartPipeline
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter

from .world import World


class SlowSink(PartSink):
    """Notes what was done, in the order in which it ended; `slow` ends when it may."""

    def __init__(self, slow: str) -> None:
        self.done: list[str] = []
        self.is_busy, self.may_end = threading.Event(), threading.Event()
        self._slow = slow

    def write(self, size: int, put: Put) -> None:
        put(memoryview(bytearray(size)))
        self._do("write")

    def commit(self) -> str:
        self._do("commit")
        return ""

    def commit_whole(self) -> str:
        return self.commit()

    def discard(self) -> None:
        self._do("discard")

    def withdraw(self) -> None:
        self._do("withdraw")

    def _do(self, name: str) -> None:
        if name == self._slow:
            self.is_busy.set()
            self.may_end.wait(30)
        self.done.append(name)


@pytest.mark.parametrize("slow", ["write", "commit"])
async def test_a_part_is_not_dropped_beside_its_writing(memory: World, slow: str) -> None:
    """A process that ends cancels what waits, not what works: a file is closed when all threads are done with it."""
    asset_id = await memory.create(1)
    upload = await memory.start(asset_id)
    sink, sealer = SlowSink(slow), memory.resources.cipher.sealer(upload.data_key, asset_id, 1, 1)
    part, pipeline = PartWriter(1, sealer, lambda: sink), PartPipeline(memory.resources, upload)
    part.take(1)
    seal = partial(part.seal, [b"a"], is_end=True)
    sealing = asyncio.get_running_loop().run_in_executor(memory.threads, seal)
    before = asyncio.all_tasks()
    await pipeline.submit(part, sealing, crc32c=0, is_last=True)
    storing = asyncio.all_tasks() - before
    await asyncio.sleep(0)  # for it to begin: from Python 3.12 on the next line may go on at once
    await asyncio.to_thread(sink.is_busy.wait, 30)
    for task in storing:
        task.cancel()
    # What was begun too early has a free thread by then.
    await asyncio.wait(storing, timeout=0.05)
    await memory.resources.on_thread(lambda: None)
    sink.may_end.set()
    await asyncio.wait(storing)
    assert sink.done == (["write", "discard"] if slow == "write" else ["write", "commit", "discard"])
