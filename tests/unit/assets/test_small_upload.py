"""Small files, which are stored in one step."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, Mock

import google_crc32c
import pytest

from emo_grpc.assets.domain.asset import AssetState
from emo_grpc.assets.domain.commands import CancelUpload, CompleteAtOnce
from emo_grpc.assets.domain.errors import BlobNotFound, FileChecksumMismatch, SizeMismatch, UploadSuperseded
from emo_grpc.assets.domain.layout import SMALL_FILE
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.domain.messages import Command
from rpc.vault import open_files
from sinks import write
from syncs import watched_syncs

from .world import ANN, World, send, some_bytes

DATA = some_bytes(10_000)


def heard(world: World, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The commands that are handled from now on."""
    counts, handle = Counter[str](), world.bus.handle

    async def count(command: Command[Any]) -> Any:
        counts[type(command).__name__] += 1
        return await handle(command)

    monkeypatch.setattr(world.bus, "handle", count)
    return counts


def break_before(world: World, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the next note of a file that is visible fail, before the database has it."""
    handle = world.bus.handle

    async def fail(command: Command[Any]) -> Any:
        if not isinstance(command, CompleteAtOnce):
            return await handle(command)
        monkeypatch.undo()
        raise error

    monkeypatch.setattr(world.bus, "handle", fail)


@pytest.mark.parametrize("size", [1, SMALL_FILE, SMALL_FILE + 1])
async def test_one_step(world: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Up to 1 MiB, a file costs one command after its start; it is as whole as any other."""
    asset_id, data = await world.create(size), some_bytes(size)
    counts = heard(world, monkeypatch)
    await world.upload(asset_id, data, chunk=300_000)
    small = {"StartUpload": 1, "CompleteAtOnce": 1}
    large = {"StartUpload": 1, "CheckpointUpload": 1, "CompleteObject": 1, "CompleteUpload": 1}
    assert counts == (small if size <= SMALL_FILE else large)
    assert await world.download(asset_id) == data
    assert (await world.asset(asset_id)).file.crc32c == google_crc32c.value(data)
    assert await world.objects() == (1, 0)


async def test_syncs(embedded: World) -> None:
    """The bytes, the names in the object's folder and its own name are synced, and nothing else of the store."""
    await embedded.stored(DATA)
    asset_id = await embedded.create(len(DATA))
    with watched_syncs() as syncs:
        await embedded.upload(asset_id, DATA)
    assert embedded.stores.folder is not None
    content = (await embedded.asset(asset_id)).content
    assert content is not None
    key = str(content.blob_key)
    blob = embedded.stores.folder / "blobs" / key[:2] / key
    assert syncs.order(blob / "1", blob, blob.parent) == [blob / "1", blob, blob.parent]
    assert embedded.stores.folder / "uploads" not in syncs


async def test_syncs_without_an_end(embedded: World) -> None:
    """What is kept of a stream that did not finish is durable up to the name of its upload."""
    await embedded.stored(DATA)
    with watched_syncs() as syncs:
        asset_id = await embedded.begun(DATA, len(DATA))
    assert embedded.stores.folder is not None
    uploads = embedded.stores.folder / "uploads"
    upload = uploads / (await embedded.upload_of(asset_id)).upload_handle
    (part,) = upload.iterdir()
    assert syncs.order(part, upload, uploads) == [part, upload, uploads]


async def test_all_bytes_without_an_end(world: World) -> None:
    """What came as a whole is kept when the stream pauses, or breaks off: an end is all that is missing."""
    paused, broken = await world.begun(DATA, len(DATA)), await world.create(len(DATA))
    async with world.uploads.open(ANN, broken, 0) as writer:
        await send(writer, DATA)
    await world.uploads.settled()
    for asset_id in (paused, broken):
        assert await world.persisted(asset_id) == len(DATA)
        await world.upload(asset_id, b"", offset=len(DATA))
        assert await world.download(asset_id) == DATA
    assert await world.objects() == (2, 0)


async def test_some_bytes_without_an_end(world: World) -> None:
    """Of fewer nothing is kept, and nothing is left."""
    asset_id = await world.begun(DATA[:-1], len(DATA))
    assert await world.persisted(asset_id) == 0
    await world.upload(asset_id, DATA)
    await world.deliver()
    assert await world.objects() == (1, 0)


@pytest.mark.parametrize("is_paused", [True, False])
async def test_some_bytes_are_not_written(world: World, monkeypatch: pytest.MonkeyPatch, is_paused: bool) -> None:
    """Of fewer bytes than declared the store hears nothing, however many they are: they would be of no use."""
    asset_id = await world.create(SMALL_FILE)
    counts, store = heard(world, monkeypatch), Mock(withdraw=AsyncMock())
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        for name in ("open_part", "withdraw"):
            monkeypatch.setattr(world.blobs, name, getattr(store, name))
        await send(writer, some_bytes(SMALL_FILE - 1))
        if is_paused:
            await writer.pause()
        assert writer.persisted_size == 0
    await world.uploads.settled()
    assert (store.mock_calls, counts) == ([], {"StartUpload": 1})


async def test_an_end_too_early(world: World) -> None:
    """A file that ends before its declared size is refused, and is not there; it can be sent as a whole."""
    asset_id = await world.create(len(DATA))
    with pytest.raises(SizeMismatch) as caught:
        await world.upload(asset_id, DATA[:-1])
    assert caught.value.metadata == {"expected_size": str(len(DATA))}
    assert (await world.asset(asset_id)).state is AssetState.PENDING
    assert (await world.objects())[0] == 0
    await world.upload(asset_id, DATA)
    await world.deliver()
    assert await world.download(asset_id) == DATA
    assert await world.objects() == (1, 0)


async def test_more_than_declared(memory: World) -> None:
    """A byte beyond the declared size is refused when it comes: all that comes is held until the end."""
    asset_id = await memory.create(len(DATA))
    async with memory.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, DATA)
        with pytest.raises(SizeMismatch) as caught:
            await send(writer, b"x")
    assert caught.value.metadata == {"expected_size": str(len(DATA))}


async def test_a_crash_before_the_database_knows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that nobody was told of is not seen, and makes way for the one that is sent next, maybe another."""
    asset_id, other = await world.create(len(DATA)), DATA[::-1]
    break_before(world, monkeypatch, Unavailable("gone"))
    with pytest.raises(Unavailable):
        await world.upload(asset_id, DATA)
    assert (await world.objects())[0] == 1
    assert (await world.views.upload(asset_id, ANN)).complete is False
    assert [broken async for broken in world.verification.uploads()] == [None]
    await world.upload(asset_id, other)
    await world.deliver()
    assert await world.download(asset_id) == other
    assert await world.objects() == (1, 0)


async def test_a_crash_and_nobody_comes_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a file goes with its upload."""
    asset_id = await world.create(len(DATA))
    break_before(world, monkeypatch, Unavailable("gone"))
    with pytest.raises(Unavailable):
        await world.upload(asset_id, DATA)
    await world.bus.handle(CancelUpload(ANN, asset_id))
    await world.deliver()
    assert await world.objects() == (0, 0)


async def test_dropped_while_it_is_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a thread stores between the steps in which an upload is dropped goes with it."""
    ticket = await world.start(await world.create(len(DATA)))
    sink = world.blobs.open_part(ticket.fence.blob_key, ticket.upload_handle, 1, ticket.fence.generation)
    write(sink, DATA)
    steps = list[str]()

    def storing_after(name: str) -> None:
        step = getattr(world.blobs, name)

        async def taken(*arguments: Any) -> None:
            await step(*arguments)
            steps.append(name)
            if len(steps) == 1:
                with suppress(BlobNotFound):
                    await asyncio.to_thread(sink.commit_whole)

        monkeypatch.setattr(world.blobs, name, taken)

    storing_after("abort")
    storing_after("delete")
    await world.bus.handle(CancelUpload(ANN, ticket.asset_id))
    await world.deliver()
    sink.discard()
    assert sorted(steps) == ["abort", "delete"]
    assert await world.objects() == (0, 0)


@pytest.mark.parametrize("is_delivered", [True, False])
async def test_the_later_stream_wins(world: World, is_delivered: bool) -> None:
    """Whoever began before is refused, and nothing of it is left."""
    asset_id = await world.create(len(DATA))
    with pytest.raises(UploadSuperseded):
        async with world.uploads.open(ANN, asset_id, 0) as loser:
            await send(loser, DATA[::-1])
            async with world.uploads.open(ANN, asset_id, 0) as winner:
                await send(winner, DATA)
                if is_delivered:
                    await world.deliver()
                await winner.finish(google_crc32c.value(DATA))
            await loser.finish(None)
    await world.deliver()
    assert await world.download(asset_id) == DATA
    assert await world.objects() == (1, 0)


async def test_a_wrong_checksum(world: World) -> None:
    """A file that is another one than was meant is not stored, and can be sent again."""
    asset_id = await world.create(len(DATA))
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, DATA)
        with pytest.raises(FileChecksumMismatch):
            await writer.finish(google_crc32c.value(DATA) ^ 1)
    await world.deliver()
    assert await world.objects() == (0, 0)
    await world.upload(asset_id, DATA)
    assert await world.download(asset_id) == DATA


async def test_beginning_again_makes_no_upload_live_longer(memory: World) -> None:
    """The time of an upload of which nothing is persisted counts from its first start."""
    asset_id = await memory.create(len(DATA))
    before = (await memory.start(asset_id), await memory.upload_of(asset_id))[1]
    memory.stores.clock.pass_by(timedelta(days=1))
    await memory.start(asset_id)
    after = await memory.upload_of(asset_id)
    assert after.expire_time == before.expire_time
    assert after.blob_key != before.blob_key


async def test_a_store_that_is_full(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays of a file that could not be stored, nor is it held open, and the stream is told why."""
    asset_id, open_part = await world.create(len(DATA)), world.blobs.open_part

    def fails_later(*arguments: Any) -> Any:
        sink = open_part(*arguments)
        monkeypatch.setattr(type(sink), "commit_whole", lambda *_: _raise(Unavailable("full")))
        return sink

    monkeypatch.setattr(world.blobs, "open_part", fails_later)
    with pytest.raises(Unavailable):
        await world.upload(asset_id, DATA)
    monkeypatch.undo()
    upload, folder = await world.upload_of(asset_id), world.stores.folder
    assert folder is None or (open_files(folder), [*(folder / "uploads" / upload.upload_handle).iterdir()]) == ([], [])
    await world.upload(asset_id, DATA)
    await world.deliver()
    assert await world.objects() == (1, 0)


def _raise(error: Exception, *_: Any) -> None:
    raise error
