"""What all upload streams of a process share."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from emo_grpc.assets.service_layer.encryption import PartCipher
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.shared.service_layer.cancellation import run_to_end
from emo_grpc.shared.service_layer.message_bus import MessageBus

T = TypeVar("T")

PROCESS_PARTS: Final = 32
"""While more parts than these are being stored for all streams, each stream may have only one: more would just wait."""


@dataclass(slots=True)
class UploadResources:
    """Each stream may have `parts_under_way` that are being made durable while it receives the next one.

    `under_way` counts those of all streams. `memory` counts the plaintext bytes that were received and are not sealed.
    `settling`: tasks that store the whole parts of streams that broke off. `threads` may wait for the store; `sealers`
    encrypt, and wait for none that is behind a network.
    """

    bus: MessageBus
    blobs: BlobStore
    cipher: PartCipher
    sealers: Executor
    threads: Executor
    parts_under_way: int = 1
    under_way: int = 0
    memory: TransferMemory = field(default_factory=TransferMemory)
    settling: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def room(self) -> int:
        """How many parts a stream may have under way besides the one that it receives."""
        return self.parts_under_way if self.under_way <= PROCESS_PARTS else 1

    def seal(self, work: Callable[[], T], size: int, *, asks_store: bool) -> asyncio.Future[T]:
        """Seal on a thread. `size` plaintext bytes count in `memory` until it is done."""
        threads = self.threads if asks_store else self.sealers
        sealing = asyncio.get_running_loop().run_in_executor(threads, work)
        sealing.add_done_callback(lambda _: self.forget(size))
        return sealing

    def forget(self, size: int) -> None:
        """Count so many bytes no more."""
        self.memory.let_go(size)

    async def on_thread(self, work: Callable[[], T]) -> T:
        """Run blocking work on a thread; see `run_to_end`."""
        return await run_to_end(asyncio.get_running_loop().run_in_executor(self.threads, work))

    def settle(self, ending: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run the end of a stream that broke off in the background; gives its task."""
        task = asyncio.create_task(ending)
        self.settling.add(task)
        task.add_done_callback(self.settling.discard)
        return task

    async def settled(self) -> None:
        """Wait for the ends of all streams that broke off."""
        while self.settling:
            await asyncio.wait(self.settling)
