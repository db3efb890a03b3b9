"""What all upload streams of a process share."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn, TypeVar

from emo_grpc.assets.domain.commands import RestartUpload
from emo_grpc.assets.domain.errors import FileChecksumMismatch
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.service_layer.encryption import PartCipher
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.assets.service_layer.upload.part_writer import PartWriter
from emo_grpc.assets.service_layer.upload.parts_under_way import PartsUnderWay
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.thread_work import on_thread

T = TypeVar("T")


@dataclass(slots=True)
class UploadResources:
    """What is bounded counts for all streams: `parts` that are being stored, `memory` of what is not sealed yet.

    `settling`: tasks that store the whole parts of streams that broke off. `threads` may wait for the store; `sealers`
    encrypt, and wait for none that is behind a network.
    """

    bus: MessageBus
    blobs: BlobStore
    cipher: PartCipher
    sealers: Executor
    threads: Executor
    parts: PartsUnderWay = field(default_factory=PartsUnderWay)
    memory: TransferMemory = field(default_factory=TransferMemory)
    settling: set[asyncio.Task[None]] = field(default_factory=set)

    def part(self, upload: OpenUpload, number: int, capacity: int) -> PartWriter:
        """Begin a part of an upload, of so many plaintext bytes at most."""
        fence = upload.fence
        sealer = self.cipher.sealer(upload.data_key, upload.asset_id, number, capacity)
        open_sink = partial(self.blobs.open_part, fence.blob_key, upload.upload_handle, number, fence.generation)
        return PartWriter(capacity, sealer, open_sink)

    async def refuse_file(self, upload: OpenUpload) -> NoReturn:
        """Have an upload start over whose file is not what its CRC-32C says; raises FileChecksumMismatch."""
        await self.bus.handle(RestartUpload(upload.asset_id, upload.fence))
        raise FileChecksumMismatch("the file is not what its crc32c says; upload it again from the start")

    async def on_thread(self, work: Callable[[], T]) -> T:
        """Run blocking work on a thread; see `run_to_end`."""
        return await on_thread(work, self.threads)

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
