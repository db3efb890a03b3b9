"""Downloads, over the engines: ranges, and what was changed meanwhile."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import google_crc32c
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emo_grpc.assets.adapters.crypto.tink_streaming_aead import TinkPartCipher
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.adapters.memory.parts import MemoryBlobReader
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.content import StoredContent, WrappedKey
from emo_grpc.assets.domain.errors import (
    AssetNotFound,
    AssetRecordCorrupt,
    FileNotComplete,
    OffsetOutOfRange,
    StoredFileCorrupt,
)
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.layout import HEADER_SIZE, FileLayout, StoredSegment
from emo_grpc.assets.domain.trash_commands import PurgeAsset
from emo_grpc.assets.service_layer.download.reader import COPIES, SMALL_CHUNK, Download
from emo_grpc.assets.service_layer.download.segment_queue import Opened, SegmentQueue
from emo_grpc.assets.service_layer.integrity import file_check
from emo_grpc.assets.service_layer.segment_opener import SegmentOpener
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.assets.service_layer.views import AssetQuery
from emo_grpc.chunk_frame import ChunkFrame

from .world import ANN, BOB, MIB, PART, World, some_bytes

SIZE = PART + 2 * MIB + 321
SEGMENT = MIB - 16
AHEAD = (0, 5, 4, 5, 4, 3, 2, 1, 0)
"""Segments of a whole part that are held besides the one that is sent, which is the first, the second and so on."""

EDGES = sorted(
    {
        edge + step
        for base in (0, PART)
        for edge in (base, base + SEGMENT - 40, base + 2 * SEGMENT - 40, PART, SIZE)
        for step in (-1, 0, 1)
        if 0 <= edge + step <= SIZE
    }
)


@pytest.mark.parametrize("offset", EDGES)
async def test_ranges_from_every_edge(memory: World, offset: int) -> None:
    """A range from or to a boundary of segments or parts is just those bytes."""
    data = some_bytes(SIZE)
    asset_id = await memory.stored(data)
    for length in (1, 2, SEGMENT, SIZE, 0):
        expected = data[offset : offset + length] if length else data[offset:]
        assert await memory.download(asset_id, offset, length) == expected
    assert await memory.download(asset_id, 0, offset) == data[: offset or SIZE]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offset=st.integers(0, SIZE), length=st.integers(0, SIZE + 5))
async def test_ranges(memory: World, offset: int, length: int) -> None:
    """Any range is just those bytes."""
    page = await memory.views.page(AssetQuery(owner_id=ANN, limit=1))
    asset_id = page.items[0].asset_id if page.items else await memory.stored(some_bytes(SIZE))
    found = await memory.download(asset_id, offset, length)
    assert found == some_bytes(SIZE)[offset : offset + length if length else SIZE]


@pytest.mark.parametrize("offset", EDGES[::3])
async def test_ranges_that_are_read_in_turn(memory: World, offset: int) -> None:
    """A stream that reads one segment after the other gives the same bytes as one that reads several at a time."""
    memory.downloads = replace(memory.downloads, reads_serially=True)
    data = some_bytes(SIZE)
    asset_id = await memory.stored(data)
    for length in (1, SEGMENT, 0):
        expected = data[offset : offset + length] if length else data[offset:]
        assert await memory.download(asset_id, offset, length) == expected


async def test_downloads_that_stall_hold_up_nobody(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that does not answer for some files keeps one thread for each, and the others are downloaded."""
    memory.downloads = replace(memory.downloads, reads_serially=True)
    data = some_bytes(4 * MIB)
    *stalled_ids, good_id = [await memory.stored(data) for _ in range(3)]
    answers, asked = threading.Event(), threading.Semaphore(0)
    assert isinstance(memory.blobs, MemoryBlobStore)
    objects = list(memory.blobs.objects.values())[:2]
    read = MemoryBlobReader.read

    def read_late(reader: MemoryBlobReader, part: int, offset: int, length: int) -> memoryview:
        if any(reader._parts is parts for parts in objects):
            asked.release()
            assert answers.wait(10)
        return read(reader, part, offset, length)

    monkeypatch.setattr(MemoryBlobReader, "read", read_late)
    slow = [asyncio.create_task(memory.download(asset_id)) for asset_id in stalled_ids]
    for _ in slow:
        assert await asyncio.to_thread(asked.acquire, timeout=10)
    try:
        assert await asyncio.wait_for(memory.download(good_id), 10) == data
    finally:
        answers.set()
    assert await asyncio.gather(*slow) == [data, data]


async def test_nothing_delays_the_first_chunk(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first segment is read alone, the others ahead of what was taken, and never more than five of them."""
    asset_id = await memory.stored(some_bytes(PART))
    read = MemoryBlobReader.read
    segments: list[int] = []

    def watched_read(reader: MemoryBlobReader, part: int, offset: int, length: int) -> memoryview:
        if length != HEADER_SIZE:
            segments.append(offset)
        return read(reader, part, offset, length)

    monkeypatch.setattr(MemoryBlobReader, "read", watched_read)
    download = await memory.downloads.open(ANN, asset_id, 0, 0)
    counts = []
    async with aclosing(download.chunks()) as chunks:
        async for _ in chunks:
            counts.append(len(segments))
            if len(counts) == 4:
                break
    assert counts[0] == 1
    assert all(taken <= count <= taken + 5 for taken, count in enumerate(counts, start=1))
    assert len(segments) == 4 + 5  # those under way are awaited at the end


async def test_where_memory_is_not_ample_two_are_read_ahead(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream opens one segment at a time then, so that it holds no more than it did before others came."""
    budget = memory.downloads.memory
    budget.hold(budget.limit // 4)
    asset_id = await memory.stored(some_bytes(PART))
    together: list[int] = []
    begin = Download._begin

    def watched(download: Download, opener: SegmentOpener, segments: Sequence[StoredSegment]) -> Any:
        together.append(len(segments))
        return begin(download, opener, segments)

    monkeypatch.setattr(Download, "_begin", watched)
    download = await memory.downloads.open(ANN, asset_id, 0, 0)
    count = 0
    async with aclosing(download.chunks()) as chunks:
        async for _ in chunks:
            count += 1
            assert len(together) <= count + 2
    assert together == [1] * 9
    budget.let_go(budget.limit // 4)
    assert budget.held == 0


async def test_without_memory_nothing_is_read_ahead(memory: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the budget is used up a stream holds one segment, and sends it in small chunks; the bytes are the same."""
    asset_id = await memory.stored(some_bytes(3 * MIB))
    memory.downloads.memory.limit = 0
    read = MemoryBlobReader.read
    segments: list[int] = []

    def watched_read(reader: MemoryBlobReader, part: int, offset: int, length: int) -> memoryview:
        if length != HEADER_SIZE:
            segments.append(offset)
        return read(reader, part, offset, length)

    monkeypatch.setattr(MemoryBlobReader, "read", watched_read)
    download = await memory.downloads.open(ANN, asset_id, 0, 0)
    got = b""
    async for chunk in download.chunks():
        assert len(chunk.data) <= SMALL_CHUNK
        assert google_crc32c.value(chunk.data) == chunk.crc32c
        got += chunk.data
        assert len(segments) == -(-(len(got) + HEADER_SIZE) // SEGMENT)
    assert got == some_bytes(3 * MIB)


@pytest.mark.parametrize("taken", [0, 1, 2, 3, 9])
async def test_the_budget_is_given_back(memory: World, taken: int) -> None:
    """However far a download comes, and however it ends, it holds nothing of the budget afterwards."""
    asset_id = await memory.stored(some_bytes(PART))
    budget = memory.downloads.memory
    download = await memory.downloads.open(ANN, asset_id, 0, 0)
    async with aclosing(download.chunks()) as chunks:
        for count in range(taken):
            await anext(chunks)
            assert budget.held == COPIES + AHEAD[count] * MIB
    assert budget.held == 0
    assert isinstance(memory.blobs, MemoryBlobStore)
    flip(1, 3 * MIB)(next(iter(memory.blobs.objects.values())))
    with pytest.raises(StoredFileCorrupt):
        await memory.download(asset_id)
    assert budget.held == 0


async def test_a_download_that_is_cancelled_again_holds_nothing() -> None:
    """Who is cancelled, however often, gives the memory of the segments ahead back once threads are done with them."""
    budget = TransferMemory()
    opening: asyncio.Queue[asyncio.Future[Opened]] = asyncio.Queue()

    def begin(_: Sequence[StoredSegment]) -> asyncio.Future[Opened]:
        future = asyncio.get_running_loop().create_future()
        opening.put_nowait(future)
        return future

    async def read() -> None:
        segments = FileLayout(3 * MIB, PART).segments(0, 3 * MIB)
        async with aclosing(SegmentQueue(budget, ANN, begin).opened(segments)) as opened:
            async for _ in opened:
                pass

    reading = asyncio.create_task(read())
    (await opening.get()).set_result(Opened(deque([ChunkFrame(b"", 0)])))
    ahead = [await opening.get()]
    for _ in range(3):
        reading.cancel()
        await asyncio.wait([reading], timeout=0.01)
        assert budget.held
    ahead += [opening.get_nowait() for _ in range(opening.qsize())]
    for future in ahead:
        future.set_result(Opened(deque()))
    await asyncio.wait([reading])
    assert reading.cancelled()
    assert budget.held == 0


def test_no_user_takes_all_memory() -> None:
    """There is a limit for each user and one for all; what is given back can be taken again."""
    budget = TransferMemory(limit=5, limit_of_user=3)
    assert budget.take(3, ANN)
    assert not budget.take(1, ANN)
    assert budget.take(2, BOB)
    assert not budget.take(1, BOB)
    budget.give_back(3, ANN)
    assert budget.take(1, BOB)
    budget.hold(4)
    assert budget.is_full
    assert not budget.take(1, ANN)
    budget.let_go(4)
    assert (budget.held, budget.is_full) == (3, False)


def test_memory_of_all_transfers() -> None:
    """192 MiB, of which downloads of one user take 128: as the page on security says."""
    budget = TransferMemory()
    assert budget.take(128 * MIB, ANN)
    assert not budget.take(1, ANN)
    assert budget.take(64 * MIB, BOB)
    assert not budget.take(1, BOB)


@pytest.mark.parametrize("taken", [1, 8])
async def test_lets_go_of_the_store(memory: World, monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    """However far a download comes, its reader is closed in the end: some hold a connection."""
    closed: list[MemoryBlobReader] = []

    def noted_close(reader: MemoryBlobReader) -> None:
        closed.append(reader)

    monkeypatch.setattr(MemoryBlobReader, "close", noted_close)
    download = await memory.downloads.open(ANN, await memory.stored(some_bytes(PART)), 0, 0)
    async with aclosing(download.chunks()) as chunks:
        for _ in range(taken):
            await anext(chunks)
    assert len(closed) == 1


async def test_at_the_end_and_beyond(world: World) -> None:
    """A range from the very end is empty; one from beyond it is refused, with the size."""
    for size in (0, 5):
        asset_id = await world.stored(some_bytes(size))
        download = await world.downloads.open(ANN, asset_id, size, 0)
        assert [chunk async for chunk in download.chunks()] == []
        assert (download.length, download.file.size_bytes) == (0, size)
        with pytest.raises(OffsetOutOfRange) as caught:
            await world.downloads.open(ANN, asset_id, size + 1, 0)
        assert caught.value.metadata == {"size_bytes": str(size)}


async def test_only_its_owner_and_only_when_complete(world: World) -> None:
    """A file that is not in yet, and somebody else's, can't be read."""
    with pytest.raises(FileNotComplete):
        await world.downloads.open(ANN, await world.create(), 0, 0)
    asset_id = await world.stored(b"abc")
    with pytest.raises(AssetNotFound):
        await world.downloads.open(BOB, asset_id, 0, 0)


async def test_deleted_meanwhile(world: World) -> None:
    """A download whose asset is deleted says so, and sends not one byte that was not in the file."""
    data = some_bytes(SIZE)
    asset_id = await world.stored(data)
    early = await world.downloads.open(ANN, asset_id, 0, 0)
    late = await world.downloads.open(ANN, asset_id, 0, 0)
    chunks = early.chunks()
    got = (await anext(chunks)).data
    await world.bus.handle(PurgeAsset(ANN, asset_id, force=True))
    await world.deliver()
    with pytest.raises(AssetNotFound):
        _ = [chunk async for chunk in late.chunks()]
    with pytest.raises(AssetNotFound):
        async for chunk in chunks:
            got += chunk.data
    assert data.startswith(got)
    await chunks.aclose()
    assert await world.objects() == (0, 0)


async def test_a_reader_that_leaves(world: World) -> None:
    """A download that is left in the middle waits for what it had begun, and holds nothing."""
    asset_id = await world.stored(some_bytes(SIZE))
    download = await world.downloads.open(ANN, asset_id, 0, 0)
    async with aclosing(download.chunks()) as chunks:
        assert (await anext(chunks)).data == some_bytes(SEGMENT - 40)


Damage = Callable[[dict[int, bytes]], None]


def flip(part: int, place: int) -> Damage:
    """One bit."""

    def damage(parts: dict[int, bytes]) -> None:
        data = bytearray(parts[part])
        data[place] ^= 0x10
        parts[part] = bytes(data)

    return damage


def swap_segments(parts: dict[int, bytes]) -> None:
    data = parts[1]
    parts[1] = data[:MIB] + data[2 * MIB : 3 * MIB] + data[MIB : 2 * MIB] + data[3 * MIB :]


def swap_parts(parts: dict[int, bytes]) -> None:
    parts[1], parts[2] = parts[2], parts[1]


def repeat_part(parts: dict[int, bytes]) -> None:
    parts[2] = parts[1]


def drop_bytes(parts: dict[int, bytes]) -> None:
    parts[2] = parts[2][: 2 * MIB] + parts[2][2 * MIB + 3 :]


def truncate(parts: dict[int, bytes]) -> None:
    parts[3] = parts[3][:-1]


def cut_to_segment(parts: dict[int, bytes]) -> None:
    parts[3] = parts[3][:MIB]


def append(parts: dict[int, bytes]) -> None:
    parts[3] += b"\0"


def empty(parts: dict[int, bytes]) -> None:
    parts[2] = b""


def lose(parts: dict[int, bytes]) -> None:
    del parts[2]


DAMAGES: list[Damage] = [
    *[flip(1, place) for place in (0, 1, 33, 40, MIB - 1, MIB, -1)],
    *[flip(3, place) for place in (0, 39, 41, MIB + 7, -1)],
    swap_segments, swap_parts, repeat_part, drop_bytes, truncate, cut_to_segment, append, empty, lose,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
async def test_damage_is_never_sent(memory: World, damage: Damage) -> None:
    """Whatever is done to stored bytes, the download ends with data loss after nothing but right bytes."""
    data = some_bytes(2 * PART + 2 * MIB)
    asset_id = await memory.stored(data)
    assert isinstance(memory.blobs, MemoryBlobStore)
    damage(next(iter(memory.blobs.objects.values())))
    got = b""
    with pytest.raises(StoredFileCorrupt):
        download = await memory.downloads.open(ANN, asset_id, 0, 0)
        async for chunk in download.chunks():
            got += chunk.data
    assert data.startswith(got)
    assert len(got) < len(data)


@pytest.mark.parametrize("segment", [1, 2, 3, 4])
async def test_damage_takes_nothing_before_it_along(memory: World, segment: int) -> None:
    """All that lies before a damaged segment is sent, whichever of those it is that are opened together."""
    data = some_bytes(5 * MIB)
    asset_id = await memory.stored(data)
    assert isinstance(memory.blobs, MemoryBlobStore)
    flip(1, segment * MIB)(next(iter(memory.blobs.objects.values())))
    download = await memory.downloads.open(ANN, asset_id, 0, len(data) - 1)  # whose CRC-32C is not known
    got = b""
    with pytest.raises(StoredFileCorrupt):
        async for chunk in download.chunks():
            got += chunk.data
    assert got == data[: segment * SEGMENT - 40]
    assert memory.downloads.memory.held == 0


async def test_a_part_of_another_stream(memory: World) -> None:
    """A part that an earlier stream sealed for the same place opens, and its bytes are not those of the file.

    Only the whole tells: a download of it does not end with OK, and verification finds it.
    """
    data = some_bytes(PART + 5)
    asset_id = await memory.stored(data)
    asset = await memory.asset(asset_id)
    assert asset.content is not None
    key = memory.keys.unwrap(asset.content.wrapped_key, asset_id, asset.content.manifest)
    sealer = TinkPartCipher().sealer(key, asset_id, 2, 5)
    sealed = bytearray(asset.content.manifest.layout.stored_part_size(2))
    sealer.feed(b"other")
    sealer.finish(lambda _, put: put(memoryview(sealed)))
    assert isinstance(memory.blobs, MemoryBlobStore)
    memory.blobs.objects[asset.content.blob_key][2] = bytes(sealed)
    with pytest.raises(StoredFileCorrupt):
        await memory.download(asset_id)
    assert await memory.verification.file_check.check_bytes(asset) == [file_check.Damage(0, file_check.Problem.DAMAGED)]


async def test_an_empty_file_is_proven_too(memory: World) -> None:
    """The one segment of an empty file is proven like any other."""
    asset_id = await memory.stored(b"")
    assert isinstance(memory.blobs, MemoryBlobStore)
    flip(1, -1)(next(iter(memory.blobs.objects.values())))
    with pytest.raises(StoredFileCorrupt):
        await memory.download(asset_id)


async def _change(world: World, asset_id: AssetId, change: Callable[[Asset, StoredContent], None]) -> None:
    async with world.stores.unit() as unit:
        asset = await unit.assets.get(asset_id)
        assert asset is not None
        assert asset.content is not None
        change(asset, asset.content)
        await unit.assets.save(asset)
        await unit.commit()


def _file(**fields: int) -> Callable[[Asset, StoredContent], None]:
    def change(asset: Asset, _: StoredContent) -> None:
        asset.file = replace(asset.file, **fields)  # type: ignore[arg-type] # sizes and checksums are numbers

    return change


def _manifest(**fields: int) -> Callable[[Asset, StoredContent], None]:
    def change(asset: Asset, content: StoredContent) -> None:
        asset.content = replace(content, manifest=replace(content.manifest, **fields))

    return change


def _key(change_key: Callable[[WrappedKey], WrappedKey]) -> Callable[[Asset, StoredContent], None]:
    def change(asset: Asset, content: StoredContent) -> None:
        asset.content = replace(content, wrapped_key=change_key(content.wrapped_key))

    return change


@pytest.mark.parametrize(
    "change",
    [
        _file(size_bytes=5),
        _file(crc32c=5),
        _manifest(size=PART),
        _manifest(size=0),
        _manifest(size=-5),
        _manifest(part_size=2 * PART),
        _manifest(part_size=0),
        _manifest(crc32c=5),
        _key(lambda key: replace(key, kek_id="0" * 16)),
        _key(lambda key: replace(key, ciphertext=key.ciphertext[:-1])),
        _key(lambda key: replace(key, ciphertext=b"")),
        _key(lambda key: replace(key, ciphertext=bytes(60))),
    ],
)
@pytest.mark.parametrize("offset", [0, PART + 1, 1 << 62])
async def test_a_changed_record_is_never_believed(
    memory: World, change: Callable[[Asset, StoredContent], None], offset: int
) -> None:
    """Whatever of a file's record is changed, its download is data loss before the first byte, wherever it begins."""
    asset_id = await memory.stored(some_bytes(PART + 5))
    await _change(memory, asset_id, change)
    with pytest.raises((StoredFileCorrupt, AssetRecordCorrupt)):
        await memory.downloads.open(ANN, asset_id, offset, 0)


async def test_the_file_of_another_asset(world: World) -> None:
    """A record that points at another asset's bytes, or holds another's key, gives neither's bytes."""
    asset_id, other_id = await world.stored(b"mine"), await world.stored(b"your")
    other = (await world.asset(other_id)).content
    assert other is not None

    def point(asset: Asset, content: StoredContent) -> None:
        asset.content = replace(content, blob_key=other.blob_key)

    def take_all(asset: Asset, _: StoredContent) -> None:
        asset.content = other
        asset.file = replace(asset.file, crc32c=other.manifest.crc32c)

    for change in (point, take_all):
        await _change(world, asset_id, change)
        with pytest.raises(StoredFileCorrupt):
            await world.download(asset_id)


async def test_an_object_that_is_gone(world: World) -> None:
    """Bytes that are gone though the asset is there are data loss."""
    asset_id = await world.stored(b"mine")

    def point(asset: Asset, content: StoredContent) -> None:
        asset.content = replace(content, blob_key=BlobKey.new())

    await _change(world, asset_id, point)
    with pytest.raises(StoredFileCorrupt):
        await world.download(asset_id)


async def test_a_download_that_is_cancelled_again_closes_its_object(
    memory: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so also when all threads are busy just then: the object may hold a connection."""
    asset_id, closed, may_go_on = await memory.stored(some_bytes(3 * MIB)), threading.Event(), threading.Event()
    monkeypatch.setattr(MemoryBlobReader, "close", lambda _: closed.set())
    download = await memory.downloads.open(ANN, asset_id, 0, 0)

    async def read() -> None:
        async with aclosing(download.chunks()) as chunks:
            async for _ in chunks:
                busy = [memory.threads.submit(may_go_on.wait, 10) for _ in range(3)]
                assert len(busy) == 3
                await asyncio.sleep(10)

    reading = asyncio.create_task(read())
    try:
        for _ in range(4):
            await asyncio.wait([reading], timeout=0.05)
            reading.cancel()
    finally:
        may_go_on.set()
    await asyncio.wait([reading])
    assert closed.is_set()
