"""Upload streams, over the bus and the engines."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import google_crc32c
import pytest

from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.adapters.memory.parts import MemoryPartSink
from emo_grpc.assets.domain.commands import (
    CancelUpload,
    CheckpointUpload,
    RemoveOrphans,
    RestartUpload,
    StartUpload,
)
from emo_grpc.assets.domain.errors import (
    AssetNotFound,
    BlobNotFound,
    ChunkChecksumMismatch,
    FileAlreadyComplete,
    FileChecksumMismatch,
    OffsetOutOfRange,
    QuotaExceeded,
    SizeMismatch,
    UploadSuperseded,
)
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.trash_commands import PurgeAsset
from emo_grpc.assets.service_layer.ports import PartSink
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.assets.service_layer.upload.seal_batch import SMALL_PIECE, SealBatch
from emo_grpc.shared.domain.call_errors import TooManyCalls
from emo_grpc.shared.domain.errors import EmoError, Unavailable
from emo_grpc.shared.domain.messages import Command
from waiting import until

from .world import ANN, MIB, PART, QUOTA, World, send, some_bytes

SEGMENT = MIB - 16
BOUNDARIES = [
    0, 1, SEGMENT - 40, SEGMENT - 39, 2 * SEGMENT - 40, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 12_345
]  # fmt: skip


@pytest.mark.parametrize("is_declared", [True, False])
@pytest.mark.parametrize("size", BOUNDARIES)
async def test_keeps_files_of_every_size(memory: World, size: int, is_declared: bool) -> None:
    """A file comes back as it was sent, whatever its size and whether or not that was known before."""
    data = some_bytes(size)
    asset_id = await memory.create(size if is_declared else 0)
    await memory.upload(asset_id, data)
    assert await memory.download(asset_id) == data
    asset = await memory.asset(asset_id)
    assert (asset.file.size_bytes, asset.file.crc32c) == (size, google_crc32c.value(data))
    assert await memory.objects() == (1, 0)


@pytest.mark.parametrize("chunk", [1_000, SMALL_PIECE - 1, SMALL_PIECE, 3 * MIB // 2, 2 * MIB])
async def test_chunks_of_any_size(world: World, chunk: int) -> None:
    """How a file is cut into chunks makes no difference, tiny ones and mixed ones included."""
    data = some_bytes(PART + MIB)
    asset_id = await world.create()
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, data[:MIB], chunk)
        await send(writer, data[MIB:PART], MIB)
        await send(writer, data[PART:], chunk)
        await writer.finish(google_crc32c.value(data))
    assert await world.download(asset_id) == data


async def test_single_bytes_cost_no_more_than_their_number(memory: World) -> None:
    """Chunks of a byte each wait together, not each as an object of its own."""
    batch, data = SealBatch(memory.resources.memory), some_bytes(5_000)
    for byte in data:
        batch.add(bytes([byte]))
    assert memory.resources.memory.held == batch.size == 5_000
    assert await batch.seal(list, memory.threads) == [data]
    await asyncio.sleep(0)  # from Python 3.12 on, what a thread has done by now is awaited without a turn
    assert memory.resources.memory.held == batch.size == 0
    asset_id = await memory.create()
    async with memory.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, data, 1)
        await writer.finish(None)
    assert await memory.download(asset_id) == data


async def test_a_pause_keeps_whole_parts(world: World) -> None:
    """After a pause the whole parts are there, and nothing else."""
    data = some_bytes(2 * PART + MIB)
    asset_id = await world.create(len(data))
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, data[: PART + 3 * MIB])
        await writer.pause()
        assert writer.persisted_size == PART
    assert await world.persisted(asset_id) == PART
    await world.upload(asset_id, data[PART:], offset=PART)
    assert await world.download(asset_id) == data


async def test_the_overlap_is_skipped(world: World) -> None:
    """A stream that begins below what is persisted is not taken twice, whatever its overlap holds."""
    data = some_bytes(PART + 2 * MIB)
    asset_id = await world.begun(data[:PART], len(data))
    async with world.uploads.open(ANN, asset_id, 3) as writer:
        await send(writer, b"\0" * (PART - 5) + data[PART - 2 :], 700_001)
        await writer.finish(google_crc32c.value(data))
    assert await world.download(asset_id) == data


async def test_a_gap_is_refused(memory: World) -> None:
    """A stream that begins beyond what is persisted learns where to begin."""
    asset_id = await memory.create()
    with pytest.raises(OffsetOutOfRange) as caught:
        async with memory.uploads.open(ANN, asset_id, 1):
            pass
    assert caught.value.metadata == {"persisted_size": "0"}
    asset_id = await memory.stored(b"abc")
    with pytest.raises(OffsetOutOfRange) as caught:
        async with memory.uploads.open(ANN, asset_id, 4):
            pass
    assert caught.value.metadata == {"persisted_size": "3"}


@pytest.mark.parametrize("seed", range(6))
async def test_resumes_after_clients_that_vanish(world: World, seed: int) -> None:
    """However often and wherever clients vanish, the file ends up as it was meant."""
    random = Random(seed)
    data = some_bytes(2 * PART + random.randrange(PART))
    asset_id = await world.create(random.choice([0, len(data)]))
    begun = 0
    while True:
        offset = random.randint(0, await world.persisted(asset_id))
        assert offset >= 0
        stop = len(data) if begun >= 4 else random.randint(offset, len(data))
        begun += 1
        vanishing = asyncio.create_task(_send_and_wait(world, asset_id, data, offset, stop))
        if stop == len(data):
            await vanishing
            break
        await asyncio.sleep(random.random() / 50)  # any moment, so there is no condition to wait for
        vanishing.cancel()
        await asyncio.wait([vanishing])
        if random.random() < 0.7:
            await world.uploads.settled()
    assert await world.download(asset_id) == data
    await world.bus.handle(RemoveOrphans(before=world.clock() + timedelta(1)))
    assert await world.objects() == (1, 0)


async def _send_and_wait(world: World, asset_id: AssetId, data: bytes, offset: int, stop: int) -> None:
    async with world.uploads.open(ANN, asset_id, offset) as writer:
        await send(writer, data[offset:stop], 400_000)
        if stop < len(data):
            await asyncio.Event().wait()
        await writer.finish(google_crc32c.value(data))


async def test_whole_parts_of_a_vanished_client_are_kept(world: World) -> None:
    """A client that vanishes after a whole part finds it stored, though nobody waited for it."""
    asset_id = await world.create()
    with pytest.raises(asyncio.CancelledError):
        async with world.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(PART + 3))
            raise asyncio.CancelledError
    await world.uploads.settled()
    assert await world.persisted(asset_id) == PART


async def test_all_parts_of_a_vanished_client_are_waited_for(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stream ends with the last of several that were under way, and not with the first."""
    memory.resources.parts.of_stream = 3
    may_commit = {number: threading.Event() for number in (1, 2)}
    commit = MemoryPartSink.commit

    def commit_late(sink: MemoryPartSink) -> str:
        assert may_commit[sink._number].wait(10)
        return commit(sink)

    monkeypatch.setattr(MemoryPartSink, "commit", commit_late)
    asset_id = await memory.create()
    with pytest.raises(asyncio.CancelledError):
        async with memory.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(2 * PART))
            raise asyncio.CancelledError
    may_commit[1].set()
    await until(lambda: writer.persisted_size == PART)
    await asyncio.sleep(0.05)  # for an end that would be too early
    assert memory.resources.settling
    may_commit[2].set()
    await memory.uploads.settled()
    assert await memory.persisted(asset_id) == 2 * PART


async def test_a_bad_chunk_changes_nothing(world: World) -> None:
    """A chunk with a wrong checksum is refused; whole parts before it stay, and the upload goes on."""
    data = some_bytes(PART + MIB)
    asset_id = await world.create(len(data))
    with pytest.raises(ChunkChecksumMismatch) as caught:
        async with world.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, data[: PART + 5])
            await writer.write(ReceivedChunk.of(data[PART + 5 :], 1))
    assert caught.value.metadata == {"offset": str(PART + 5)}
    assert await world.persisted(asset_id) == PART
    await world.upload(asset_id, data[PART:], offset=PART)
    assert await world.download(asset_id) == data


async def test_more_than_declared(memory: World) -> None:
    """Bytes beyond the declared size are refused before any of their chunk is taken; the upload stays."""
    asset_id = await memory.create(PART + 10)
    with pytest.raises(SizeMismatch) as caught:
        async with memory.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(PART + 5))
            await writer.write(ReceivedChunk.of(b"123456", None))
    assert [violation.field for violation in caught.value.violations] == ["chunk.data"]
    assert await memory.persisted(asset_id) == PART
    await memory.upload(asset_id, some_bytes(PART + 10)[PART:], offset=PART)


async def test_more_than_a_sealed_file_has(memory: World) -> None:
    """Once the last declared byte is stored, another one is refused, in this stream and in the next."""
    asset_id = await memory.create(PART)
    with pytest.raises(SizeMismatch):
        async with memory.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(PART + 1))
    assert await memory.persisted(asset_id) == PART
    with pytest.raises(SizeMismatch):
        async with memory.uploads.open(ANN, asset_id, PART) as writer:
            await writer.write(ReceivedChunk.of(b"x", None))
    await memory.upload(asset_id, b"", offset=PART)
    assert await memory.download(asset_id) == some_bytes(PART)


async def test_fewer_than_declared(memory: World) -> None:
    """A finish that comes too early is refused with the size that was expected, and the upload goes on."""
    data = some_bytes(PART + 10)
    asset_id = await memory.create(len(data))
    with pytest.raises(SizeMismatch) as caught:
        async with memory.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, data[:-1])
            await writer.finish(None)
    assert caught.value.metadata == {"expected_size": str(len(data))}
    assert [violation.field for violation in caught.value.violations] == ["finish"]
    assert await memory.persisted(asset_id) == PART
    await memory.upload(asset_id, data[PART:], offset=PART)
    assert await memory.download(asset_id) == data


async def test_a_finish_below_what_is_persisted(memory: World) -> None:
    """A stream whose end lies before what is persisted does not finish a file of unknown size."""
    asset_id = await memory.begun()
    with pytest.raises(SizeMismatch):
        async with memory.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(5))
            await writer.finish(None)
    assert await memory.persisted(asset_id) == PART


@pytest.mark.parametrize("size", [0, 5, PART, PART + 5])
async def test_a_wrong_file_starts_over(world: World, size: int) -> None:
    """A file that is not what its checksum says is dropped with its bytes, and can be sent anew."""
    data = some_bytes(size)
    asset_id = await world.create()
    with pytest.raises(FileChecksumMismatch):
        async with world.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, data)
            await writer.finish(google_crc32c.value(data) ^ 1)
    assert await world.persisted(asset_id) == 0
    await world.uploads.settled()
    await world.deliver()
    assert await world.objects() == (0, 0)
    await world.upload(asset_id, data)
    assert await world.download(asset_id) == data


async def test_nothing_is_under_way_when_a_file_starts_over(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that came to a store after its upload was dropped might stay there for ever."""
    handle, commit = memory.bus.handle, MemoryPartSink.commit
    under_way: list[int] = []

    def commit_late(sink: MemoryPartSink) -> str:
        time.sleep(0.05)
        return commit(sink)

    async def watch(command: Command[object]) -> object:
        if isinstance(command, RestartUpload):
            under_way.append(memory.resources.parts.count)
        return await handle(command)

    monkeypatch.setattr(MemoryPartSink, "commit", commit_late)
    monkeypatch.setattr(memory.bus, "handle", watch)
    data = some_bytes(PART + 5)
    with pytest.raises(FileChecksumMismatch):
        async with memory.uploads.open(ANN, await memory.create(), 0) as writer:
            await send(writer, data)
            await writer.finish(google_crc32c.value(data) ^ 1)
    assert under_way == [0]


async def test_finish_again(memory: World) -> None:
    """Finishing a complete upload again is OK, from its end or with all its bytes; another file is refused."""
    data = some_bytes(PART + 5)
    asset_id = await memory.stored(data)
    await memory.upload(asset_id, b"", offset=len(data))
    async with memory.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, data)
        await writer.finish(google_crc32c.value(data))
        assert (writer.persisted_size, writer.is_complete) == (len(data), True)
    for ending in (writer.finish(1), writer.write(ReceivedChunk.of(b"x", None))):
        with pytest.raises(FileAlreadyComplete):
            await ending
    with pytest.raises(SizeMismatch):
        async with memory.uploads.open(ANN, asset_id, 1) as writer:
            await writer.finish(google_crc32c.value(data))
    with pytest.raises(ChunkChecksumMismatch) as caught:
        async with memory.uploads.open(ANN, asset_id, 5) as writer:
            await writer.write(ReceivedChunk.of(data[5:10], None))
            await writer.write(ReceivedChunk.of(data[10:], 1))
    assert caught.value.metadata == {"offset": "10"}
    assert await memory.download(asset_id) == data


async def test_the_later_writer_wins(world: World) -> None:
    """The earlier of two streams is told at its next checkpoint, and nothing of it is in the file."""
    data, other = some_bytes(2 * PART + 3), bytes(2 * PART + 3)
    asset_id = await world.create()
    with pytest.raises(UploadSuperseded):
        async with world.uploads.open(ANN, asset_id, 0) as loser:
            await send(loser, other[: PART - 1])
            async with world.uploads.open(ANN, asset_id, 0) as winner:
                await send(winner, data[: PART + 7])
                with pytest.raises(UploadSuperseded):
                    await send(loser, other[PART - 1 :])
                    await loser.finish(None)
                await send(winner, data[PART + 7 :])
                await winner.finish(google_crc32c.value(data))
            await loser.finish(None)
    assert await world.download(asset_id) == data


@pytest.mark.parametrize(("error", "parts"), [(UploadSuperseded(), 0), (Unavailable("away"), 2)])
async def test_parts_that_do_not_count(
    world: World, monkeypatch: pytest.MonkeyPatch, error: EmoError, parts: int
) -> None:
    """Parts whose checkpoint was refused leave no bytes; when nobody knows whether it came to pass, they stay."""
    asset_id = await world.create()
    handle = world.bus.handle

    async def refuse(command: Command[object]) -> object:
        if isinstance(command, CheckpointUpload):
            raise error
        return await handle(command)

    monkeypatch.setattr(world.bus, "handle", refuse)
    for _ in range(2):
        with pytest.raises(type(error)):
            async with world.uploads.open(ANN, asset_id, 0) as writer:
                await send(writer, some_bytes(PART))
                await writer.pause()
    await world.uploads.settled()
    assert _stored_parts(world) == parts


async def test_parts_count_in_their_order(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With several parts under way, those stored before an earlier one wait for it, and one that fails is the end."""
    memory.resources.parts.of_stream = 3
    slow, sizes = threading.Event(), []
    commit, handle = MemoryPartSink.commit, memory.bus.handle
    committed: list[int] = []

    def commit_in_disorder(sink: MemoryPartSink) -> str:
        number = sink._number
        if number == 1:
            assert slow.wait(10)
        if number == 3:
            raise Unavailable("away")
        committed.append(number)
        return commit(sink)

    async def watch(command: Command[object]) -> object:
        if isinstance(command, CheckpointUpload):
            sizes.append(command.size)
        return await handle(command)

    monkeypatch.setattr(MemoryPartSink, "commit", commit_in_disorder)
    monkeypatch.setattr(memory.bus, "handle", watch)
    asset_id = await memory.create()
    with pytest.raises(Unavailable):
        async with memory.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(3 * PART))
            await until(lambda: committed == [2])
            assert sizes == []
            slow.set()
            await writer.pause()
    await memory.uploads.settled()
    assert (await memory.views.upload(asset_id, ANN)).persisted_size == 2 * PART


async def test_the_parts_of_all_streams_are_bounded(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many parts under way in the process, a stream begins no third one before its first one counts."""
    memory.resources.parts.of_stream = 3
    memory.resources.parts.of_process = 1
    stored, waiting, opened_with = threading.Event(), threading.Semaphore(0), []
    commit, open_part = MemoryPartSink.commit, memory.blobs.open_part

    def commit_late(sink: MemoryPartSink) -> str:
        waiting.release()
        assert stored.wait(10)
        return commit(sink)

    def watch(key: BlobKey, handle: str, number: int, generation: int) -> PartSink:
        opened_with.append(memory.resources.parts.count)
        return open_part(key, handle, number, generation)

    monkeypatch.setattr(MemoryPartSink, "commit", commit_late)
    monkeypatch.setattr(memory.blobs, "open_part", watch)
    asset_id = await memory.create(3 * PART)
    upload = asyncio.create_task(memory.upload(asset_id, some_bytes(3 * PART)))
    for _ in range(2):
        assert await asyncio.to_thread(waiting.acquire, timeout=10)
    await asyncio.sleep(0.05)  # for a third part, which must not come
    stored.set()
    await upload
    assert max(opened_with) == 1
    assert memory.resources.parts.count == 0


async def test_what_waits_to_be_sealed_is_bounded(memory: World) -> None:
    """Chunks handed to a thread that is busy count until it has sealed them, so no stream runs ahead unseen."""
    memory.resources.memory.limit = 2 * MIB
    may_seal, accepted = threading.Event(), [0, 0, 0]
    for _ in range(memory.threads._max_workers):
        memory.threads.submit(may_seal.wait, 10)

    async def upload(which: int) -> None:
        async with memory.uploads.open(ANN, await memory.create(6 * MIB), 0) as writer:
            for _ in range(6):
                await writer.write(ReceivedChunk.of(some_bytes(MIB), None))
                accepted[which] += 1
            await writer.finish(None)

    uploads = asyncio.gather(*(upload(which) for which in range(3)))
    await until(lambda: memory.resources.memory.held >= 6 * MIB)
    await asyncio.sleep(0.05)  # for more chunks, which must not be taken
    assert (accepted, memory.resources.memory.held) == ([1, 1, 1], 6 * MIB)
    may_seal.set()
    await uploads
    assert memory.resources.memory.held == 0


@pytest.mark.parametrize(("held", "sealed"), [(0, [4 * MIB]), (48 * MIB, [MIB] * 4)])
async def test_batches_are_small_where_memory_is_not_ample(memory: World, held: int, sealed: list[int]) -> None:
    """A stream hands over much at a time, for that is cheap, unless many streams would hold that much."""
    budget = memory.resources.memory
    budget.hold(held)
    batch, sizes = SealBatch(budget), []
    for _ in range(4):
        batch.add(some_bytes(MIB))
        if batch.is_full:
            sizes.append(batch.size)
            await batch.seal(list, memory.threads)
            await asyncio.sleep(0)  # as above
    assert sizes == sealed
    assert budget.held == held


async def test_a_stream_that_goes_on_asks_the_store_from_no_sealing_thread(
    memory: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store may have to be asked for a place for its parts, and what others send is sealed meanwhile."""
    open_part, asked_by = memory.blobs.open_part, []

    def watch(key: BlobKey, handle: str, number: int, generation: int) -> PartSink:
        asked_by.append(threading.current_thread().name.split("_")[0])
        return open_part(key, handle, number, generation)

    monkeypatch.setattr(memory.blobs, "open_part", watch)
    with ThreadPoolExecutor(1, "sealing") as sealers:
        memory.resources.sealers = sealers
        asset_id = await memory.create(3 * PART)
        async with memory.uploads.open(ANN, asset_id, 0) as writer:
            await writer.write(ReceivedChunk.of(some_bytes(PART), None))
            await writer.pause()
        async with memory.uploads.open(ANN, asset_id, PART) as writer:
            await writer.write(ReceivedChunk.of(some_bytes(3 * PART)[PART:], None))
            await writer.finish(None)
    assert asked_by == ["sealing", "transfer", "transfer"]


def _stored_parts(world: World) -> int:
    if isinstance(world.blobs, MemoryBlobStore):
        return sum(len(upload.parts) for upload in world.blobs._uploads.values())
    assert world.stores.folder is not None
    return sum(path.is_file() for path in (world.stores.folder / "uploads").rglob("*"))


async def test_a_writer_that_was_overtaken_before_the_end(world: World) -> None:
    """A stream that was overtaken after its last byte does not complete the file."""
    asset_id = await world.create(3)
    async with world.uploads.open(ANN, asset_id, 0) as loser:
        await loser.write(ReceivedChunk.of(b"abc", None))
        await world.bus.handle(StartUpload(ANN, asset_id, 0))
        with pytest.raises(UploadSuperseded):
            await loser.finish(None)
    assert not (await world.views.upload(asset_id, ANN)).complete
    await world.upload(asset_id, b"xyz")
    assert await world.download(asset_id) == b"xyz"


@pytest.mark.parametrize("is_cancelled", [True, False])
@pytest.mark.parametrize("taken", [3, PART - 1, PART + 1])
async def test_an_upload_whose_parts_were_taken_away(world: World, taken: int, is_cancelled: bool) -> None:
    """A stream whose upload is cancelled is superseded, and one whose asset is deleted has none; no bytes are left."""
    asset_id = await world.create()
    with pytest.raises(UploadSuperseded if is_cancelled else AssetNotFound):
        async with world.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(taken))
            command = CancelUpload(ANN, asset_id) if is_cancelled else PurgeAsset(ANN, asset_id, force=True)
            await world.bus.handle(command)
            await world.deliver()
            await send(writer, some_bytes(2 * PART))
            await writer.finish(None)
    await world.uploads.settled()
    assert await world.objects() == (0, 0)


async def test_an_upload_whose_parts_are_lost_starts_over(world: World) -> None:
    """Parts that the store has lost are told, and do not keep the file from being sent anew."""
    asset_id = await world.create()
    with pytest.raises(BlobNotFound):
        async with world.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(PART))
            await writer.pause()
            upload = await world.upload_of(asset_id)
            await world.blobs.abort(upload.blob_key, upload.upload_handle)
            await writer.finish(None)
    assert await world.persisted(asset_id) == 0
    await world.upload(asset_id, b"abc")
    assert await world.download(asset_id) == b"abc"


async def test_quota_as_bytes_arrive(world: World) -> None:
    """A file of unknown size may fill the owner's storage to its last byte; then it ends, keeps what fitted, and ends
    the same again."""
    await world.create(QUOTA - PART)
    asset_id = await world.create()
    with pytest.raises(QuotaExceeded) as caught:
        async with world.uploads.open(ANN, asset_id, 0) as writer:
            await send(writer, some_bytes(2 * PART))
            await writer.finish(None)
    assert caught.value.quota_subject == f"user:{ANN}"
    assert await world.persisted(asset_id) == PART
    with pytest.raises(QuotaExceeded):
        await world.upload(asset_id, some_bytes(PART), offset=PART)
    await world.uploads.settled()
    assert _stored_parts(world) == 1
    await world.upload(asset_id, b"", offset=PART)


async def test_as_many_streams_as_the_process_bears(memory: World) -> None:
    """One stream too many is told to come again; when one ends, however it does, there is room."""
    memory.uploads.slots.limit = 3
    asset_id = await memory.create()
    streams = [memory.uploads.open(ANN, asset_id, 0) for _ in range(3)]
    for stream in streams:
        await stream.__aenter__()
    with pytest.raises(TooManyCalls) as caught:
        async with memory.uploads.open(ANN, asset_id, 0):
            pass
    assert caught.value.retry_after
    gone = asyncio.CancelledError()
    assert not await streams[0].__aexit__(asyncio.CancelledError, gone, None)
    with pytest.raises(OffsetOutOfRange):
        async with memory.uploads.open(ANN, asset_id, 1):
            pass
    async with memory.uploads.open(ANN, asset_id, 0):
        pass
    for stream in streams[1:]:
        await stream.__aexit__(None, None, None)


async def test_a_stream_counts_until_its_bytes_are_gone(memory: World) -> None:
    """A stream that broke off keeps its place while what it brought waits for a thread."""
    asset_id = await memory.create()
    go_on = threading.Event()
    busy = [memory.threads.submit(go_on.wait) for _ in range(3)]
    try:
        with pytest.raises(asyncio.CancelledError):
            async with memory.uploads.open(ANN, asset_id, 0) as writer:
                await send(writer, some_bytes(MIB))
                raise asyncio.CancelledError
        assert memory.uploads.slots.running == 1
    finally:
        go_on.set()
    await memory.uploads.settled()
    assert memory.uploads.slots.running == 0
    assert all(job.result() for job in busy)


async def test_a_full_store(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the store reaches the client whenever it comes, and the upload can go on afterwards."""
    data = some_bytes(2 * PART)
    asset_id = await memory.create()

    def open_part(*_: object) -> None:
        raise EmoError("no room")

    async with memory.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, data[:PART])
        await writer.pause()
    with monkeypatch.context() as patch:
        patch.setattr(memory.blobs, "open_part", open_part)
        with pytest.raises(EmoError, match="no room"):
            await memory.upload(asset_id, data[PART:], offset=PART)
        with pytest.raises(asyncio.CancelledError):
            async with memory.uploads.open(ANN, asset_id, PART) as writer:
                await send(writer, data[PART : PART + MIB])
                raise asyncio.CancelledError
        await memory.uploads.settled()
    await memory.upload(asset_id, data[PART:], offset=PART)
    assert await memory.download(asset_id) == data


async def test_two_that_begin_at_once(world: World) -> None:
    """Of two streams that begin an upload at the same moment, one takes over from the other; the store has one."""
    asset_id = await world.create()
    tickets = await asyncio.gather(*(world.start(asset_id) for _ in range(2)))
    assert len({ticket.fence.blob_key for ticket in tickets}) == 1
    assert sorted(ticket.fence.generation for ticket in tickets) == [1, 2]
    assert await world.objects() == (0, 1)


async def test_completed_while_it_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream whose file another stream completes at that moment sends it again, and leaves nothing in the store."""
    asset_id = await world.create()
    begin = world.blobs.begin

    async def begin_late(key: BlobKey, **_: bool) -> str:
        monkeypatch.undo()
        await world.upload(asset_id, b"abc")
        return await begin(key)

    monkeypatch.setattr(world.blobs, "begin", begin_late)
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        await writer.write(ReceivedChunk.of(b"abc", None))
        await writer.finish(google_crc32c.value(b"abc"))
    assert await world.objects() == (1, 0)


async def test_deleted_while_it_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload of an asset that is deleted at that moment is not begun, and leaves nothing in the store."""
    asset_id = await world.create()
    begin = world.blobs.begin

    async def begin_late(key: BlobKey, **_: bool) -> str:
        await world.bus.handle(PurgeAsset(ANN, asset_id, force=True))
        return await begin(key)

    monkeypatch.setattr(world.blobs, "begin", begin_late)
    with pytest.raises(AssetNotFound):
        await world.bus.handle(StartUpload(ANN, asset_id, 0))
    assert await world.objects() == (0, 0)
