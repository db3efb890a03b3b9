"""Calls at once of one user on MongoDB, in one process: all change the same counters."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.commands import CheckpointUpload, CompleteAtOnce, CompleteUpload, CreateAsset, StartUpload
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.service_layer.asset_handlers import AssetHandlers
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.upload.handlers import UploadHandlers
from emo_grpc.assets.service_layer.upload.starts import UploadStarts
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.shared.service_layer.message_bus import CommandHandler, MessageBus

from .engines import Engine, mongo_engine
from .samples import ANN, NOW, an_asset

AT_ONCE = 16
SIZE = 9
WEEK = timedelta(days=7)


class Server:
    """The bus of one process. Who met a concurrent change is noted in `met`, and pauses until others `may_go_on`."""

    def __init__(self, engine: Engine) -> None:
        keys, blobs, quota = AesKeyRing(b"k" * 32), MemoryBlobStore(lambda: NOW), Quota(1 << 20)
        starts = UploadStarts(engine.unit, engine.views, blobs, keys, lambda: NOW, WEEK)
        uploads = UploadHandlers(engine.unit, blobs, keys, quota, lambda: NOW, WEEK)
        self.met: list[Command[object]] = []
        self.has_met, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.bus = MessageBus(
            {
                CreateAsset: self._noting(AssetHandlers(engine.unit, quota, lambda: NOW).create_asset),
                StartUpload: starts.start_upload,
                CheckpointUpload: uploads.checkpoint_upload,
                CompleteUpload: self._noting(uploads.complete_upload),
                CompleteAtOnce: self._noting(uploads.complete_at_once),
            },
            ConflictRetries(self._pause),
        )

    async def _pause(self, _: float) -> None:
        self.has_met.set()
        await self.may_go_on.wait()

    def _noting(self, handle: CommandHandler) -> CommandHandler:
        async def handled(command: Command[object]) -> object:
            try:
                return await handle(command)
            except ConcurrentChange:
                self.met.append(command)
                raise

        return handled


@pytest.fixture
async def engine(mongod_url: str) -> AsyncIterator[Engine]:
    async with mongo_engine(mongod_url) as engine:
        yield engine


def new_asset() -> CreateAsset:
    return CreateAsset(ANN, Description(title="x"), File("x", "image/png", SIZE), RequestId.new())


async def creation(_: Server) -> Command[object]:
    return new_asset()


async def started(server: Server) -> OpenUpload:
    ticket = await server.bus.handle(StartUpload(ANN, await server.bus.handle(new_asset()), 0))
    assert isinstance(ticket, OpenUpload)
    return ticket


async def completion(server: Server) -> Command[object]:
    """Of a new asset whose object is visible."""
    ticket = await started(server)
    await server.bus.handle(CheckpointUpload(ticket.asset_id, ticket.fence, "token", SIZE, 0, is_last=True))
    return CompleteUpload(ticket.asset_id, ticket.fence, ANN, ticket.data_key)


async def completion_at_once(server: Server) -> Command[object]:
    """Of a new asset whose small file has been received."""
    ticket = await started(server)
    return CompleteAtOnce(ticket.asset_id, ticket.fence, ANN, ticket.data_key, "token", SIZE, 0)


@pytest.mark.parametrize("command", [creation, completion, completion_at_once])
async def test_who_comes_while_others_take_turns_meets_nobody(
    engine: Engine, command: Callable[[Server], Awaitable[Command[object]]]
) -> None:
    """Once a call has met another, those of the same user that come then wait for their turn: none is tried in vain."""
    server = Server(engine)
    await engine.save(an_asset(size=SIZE))
    first, *others = [await command(server) for _ in range(AT_ONCE)]
    async with engine.unit() as unit:
        await unit.assets.usage(ANN)
        calls = [asyncio.create_task(server.bus.handle(first))]
        await server.has_met.wait()
    calls += [asyncio.create_task(server.bus.handle(each)) for each in others]
    await asyncio.sleep(0)  # all have begun
    server.may_go_on.set()
    await asyncio.gather(*calls)
    assert server.met == [first]
