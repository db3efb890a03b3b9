"""What every blob store keeps."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from pathlib import Path
from random import Random
from typing import cast
from uuid import UUID, uuid4

import pytest

from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.adapters.filesystem.direct_io import ALIGNMENT
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.adapters.s3.blob_store import S3BlobStore
from emo_grpc.assets.adapters.s3.bucket import S3Bucket, S3Location
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, FileLayout, ciphertext_size
from emo_grpc.assets.service_layer.ports import BlobReader, BlobStore, PartReceipt
from emo_grpc.bootstrap.observing.blobs import ObservedBlobs
from observers import Watcher
from s3_server import S3Server
from sinks import write

NOW = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
PART_SIZE = 5 << 20
"""No S3 takes smaller parts, but for the last."""

LAYOUT = FileLayout(2 * PART_SIZE + 500, PART_SIZE)
KEY = BlobKey(UUID("6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"))


VERSIONS = tuple(product((1, 2), repeat=2))

Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Store:
    """A store, and how to look at it from outside.

    `keeps_time`: its uploads begin at NOW. `has_our_clock`: its objects are completed then, too.
    """

    blobs: BlobStore
    damage: Callable[[BlobKey, int, Change], None]
    keeps_time: bool = True
    has_our_clock: bool = False


def memory() -> Store:
    store = MemoryBlobStore(clock=lambda: NOW)

    def damage(key: BlobKey, part: int, change: Change) -> None:
        store.objects[key][part] = change(store.objects[key][part])

    return Store(store, damage, has_our_clock=True)


def filesystem(root: Path) -> Store:
    def damage(key: BlobKey, part: int, change: Change) -> None:
        file = root / "blobs" / str(key)[:2] / str(key) / str(part)
        file.write_bytes(change(file.read_bytes()))

    return Store(FilesystemBlobStore(root, clock=lambda: NOW), damage)


def on_s3(server: S3Server, location: S3Location) -> Store:
    def damage(key: BlobKey, part: int, change: Change) -> None:
        client, name = server.client(), {"Bucket": location.bucket, "Key": f"assets/{key}"}
        data = client.get_object(**name)["Body"].read()
        begin, end = ((part - 1) * LAYOUT.stored_part_size(1), part * LAYOUT.stored_part_size(1))
        client.put_object(**name, Body=data[:begin] + change(data[begin:end]) + data[end:])

    return Store(S3BlobStore(S3Bucket(location)), damage, keeps_time=False)


def watched() -> Store:
    """As `memory`, with somebody who watches."""
    made = memory()
    return replace(made, blobs=cast(BlobStore, ObservedBlobs(made.blobs, "memory", Watcher())))


@pytest.fixture(params=["memory", "watched", "filesystem", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        made = memory()
    elif request.param == "watched":
        made = watched()
    elif request.param == "filesystem":
        made = filesystem(tmp_path / "files")
    else:
        made = on_s3(request.getfixturevalue("s3"), request.getfixturevalue("s3_location"))
    yield made
    if isinstance(made.blobs, FilesystemBlobStore | S3BlobStore):
        made.blobs.close()


@pytest.fixture
def blobs(store: Store) -> BlobStore:
    return store.blobs


def stored(part: int, version: int = 0) -> bytes:
    return Random(part + 16 * version).randbytes(LAYOUT.stored_part_size(part))


def put(
    blobs: BlobStore, handle: str, number: int, data: bytes, key: BlobKey = KEY, *, generation: int = 1
) -> PartReceipt:
    sink = blobs.open_part(key, handle, number, generation)
    write(sink, memoryview(data)[:100])
    write(sink, memoryview(data)[100:])
    return PartReceipt(number, sink.commit())


async def upload(blobs: BlobStore, key: BlobKey = KEY) -> tuple[str, list[PartReceipt]]:
    handle = await blobs.begin(key)
    return handle, [put(blobs, handle, number, stored(number), key) for number in (1, 2, 3)]


def contents(blobs: BlobStore, key: BlobKey = KEY) -> list[bytes]:
    with closing(blobs.open(key, LAYOUT)) as reader:
        return [read_part(reader, number) for number in (1, 2, 3)]


def read_part(reader: BlobReader, number: int, layout: FileLayout = LAYOUT) -> bytes:
    size = layout.stored_part_size(number)
    pieces = (reader.read(number, offset, min(SEGMENT_SIZE, size - offset)) for offset in range(0, size, SEGMENT_SIZE))
    return b"".join(map(bytes, pieces))  # the next read may reuse the memory of the last


async def unfinished(blobs: BlobStore) -> set[str]:
    return {found.upload_handle async for found in blobs.list_unfinished()}


async def keys(blobs: BlobStore, prefix: str = "") -> set[BlobKey]:
    return {found.key async for found in blobs.list_complete(prefix)}


async def test_a_completed_object_is_read_as_it_was_written(blobs: BlobStore) -> None:
    """Each part comes back, whole or any range of it."""
    handle, receipts = await upload(blobs)
    await blobs.complete(KEY, handle, receipts)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]
    with closing(blobs.open(KEY, LAYOUT)) as reader:
        assert reader.read(3, 17, 20) == stored(3)[17:37]
        assert reader.read(2, ciphertext_size(PART_SIZE) - 5, 5) == stored(2)[-5:]


async def test_nothing_is_visible_before_it_is_complete(blobs: BlobStore) -> None:
    """An object that is being uploaded is neither opened nor listed, however many parts it has."""
    await upload(blobs)
    with pytest.raises(BlobNotFound):
        blobs.open(KEY, LAYOUT)
    assert await keys(blobs) == set()


@pytest.mark.parametrize("size", [ALIGNMENT, 7])
async def test_a_part_whose_bytes_were_not_put_is_dropped(blobs: BlobStore, size: int) -> None:
    """Whoever fails to put what it announced is told so itself, and another version of the part counts."""

    def put_half(memory: memoryview) -> None:
        memory[:2] = b"no"
        raise ZeroDivisionError

    handle = await blobs.begin(KEY)
    sink = blobs.open_part(KEY, handle, 1, 1)
    write(sink, memoryview(stored(1))[:ALIGNMENT])
    with pytest.raises(ZeroDivisionError):
        sink.write(size, put_half)
    sink.discard()
    await blobs.complete(KEY, handle, [put(blobs, handle, 1, stored(1))])
    with closing(blobs.open(KEY, FileLayout(PART_SIZE, PART_SIZE))) as reader:
        assert read_part(reader, 1) == stored(1)


@pytest.mark.parametrize("chosen", [2, 3])
async def test_versions_of_a_part_do_not_disturb_each_other(blobs: BlobStore, chosen: int) -> None:
    """Two writers of the same part at the same time each get their own bytes behind their receipt."""
    handle = await blobs.begin(KEY)
    head = put(blobs, handle, 1, stored(1))
    sinks = {generation: blobs.open_part(KEY, handle, 2, generation) for generation in (1, 2, 3)}
    half = len(stored(2)) // 2
    for generation, sink in sinks.items():
        write(sink, memoryview(stored(2, version=generation))[:half])
    for generation, sink in sinks.items():
        write(sink, memoryview(stored(2, version=generation))[half:])
    receipts = {generation: PartReceipt(2, sink.commit()) for generation, sink in sinks.items()}
    assert len(set(receipts.values())) == 3
    tail = put(blobs, handle, 3, stored(3), generation=chosen)
    await blobs.complete(KEY, handle, [head, receipts[chosen], tail])
    assert contents(blobs) == [stored(1), stored(2, version=chosen), stored(3)]


@pytest.mark.parametrize("acknowledged", [0, 1])
async def test_a_superseded_writer_destroys_nothing(blobs: BlobStore, acknowledged: int) -> None:
    """Whatever a writer that lost still stores, and when: the object is that of the last one and what it took over."""
    layout = FileLayout(PART_SIZE + 500, PART_SIZE)
    data = {(part, writer): bytes([part, writer]) * (layout.stored_part_size(part) // 2) for part, writer in VERSIONS}
    rest = range(acknowledged + 1, 3)
    for turns in sorted(set(permutations((1, 2) * len(rest)))):
        handle = await blobs.begin(KEY)
        receipts = [put(blobs, handle, number, data[number, 1]) for number in range(1, acknowledged + 1)]
        numbers = {1: iter(rest), 2: iter(rest)}
        for generation in turns:
            number = next(numbers[generation])
            receipt = put(blobs, handle, number, data[number, generation], generation=generation)
            receipts += [receipt] if generation == 2 else []
        await blobs.complete(KEY, handle, receipts)
        with closing(blobs.open(KEY, layout)) as reader:
            for number in (1, 2):
                assert read_part(reader, number, layout) == data[number, 1 if number <= acknowledged else 2]
        assert await unfinished(blobs) == set()
        await blobs.delete(KEY)
        assert await keys(blobs) == set()


async def test_ranges_over_several_writers(blobs: BlobStore) -> None:
    """A file that three writers stored after each other is read from any place on."""
    handle = await blobs.begin(KEY)
    receipts = [put(blobs, handle, number, stored(number), generation=number) for number in (1, 2, 3)]
    put(blobs, handle, 2, stored(2, 1))  # comes late
    await blobs.complete(KEY, handle, receipts)
    await blobs.complete(KEY, handle, receipts)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]
    for offset in (0, PART_SIZE - 1, PART_SIZE, 2 * PART_SIZE + 499, LAYOUT.size):
        with closing(blobs.open(KEY, LAYOUT, offset)) as reader:
            assert reader.read(2, 7, 9) == stored(2)[7:16]
            assert reader.read(3, 0, 540) == stored(3)[:540]


async def test_a_withdrawn_part_does_no_harm(blobs: BlobStore) -> None:
    """A part that is withdrawn, committed or not, any number of times, leaves the other versions of it as they are."""
    handle = await blobs.begin(KEY)
    receipts = [put(blobs, handle, 1, stored(1))]
    sink, begun = blobs.open_part(KEY, handle, 2, 1), blobs.open_part(KEY, handle, 2, 2)
    for version, part in enumerate((sink, begun), start=1):
        write(part, stored(2, version=version))
    sink.commit()
    for part in (sink, begun, sink):
        part.withdraw()
    receipts += [put(blobs, handle, number, stored(number), generation=3) for number in (2, 3)]
    await blobs.complete(KEY, handle, receipts)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]


async def test_a_part_that_never_counted_is_no_part_of_the_object(blobs: BlobStore) -> None:
    """One that is stored behind those that the object is made of, by the same writer, is never seen."""
    layout = FileLayout(2 * PART_SIZE, PART_SIZE)
    data = {number: bytes([number]) * layout.stored_part_size(1) for number in (1, 2, 3)}
    handle = await blobs.begin(KEY)
    receipts = [put(blobs, handle, number, data[number]) for number in (1, 2, 3)]
    for _ in range(2):
        await blobs.complete(KEY, handle, receipts[:2])
    with closing(blobs.open(KEY, layout)) as reader:
        assert [read_part(reader, number, layout) for number in (1, 2)] == [data[1], data[2]]
        with pytest.raises(StoredFileCorrupt):
            reader.read(3, 0, 1)
    assert await unfinished(blobs) == set()
    await blobs.delete(KEY)
    assert await keys(blobs) == set()


async def test_a_superseded_writer_never_touches_the_object(blobs: BlobStore) -> None:
    """A sink that was still open when the object was completed can't change or add to it, nor can one opened later."""
    handle, receipts = await upload(blobs)
    late = blobs.open_part(KEY, handle, 1, 1)
    write(late, b"late")
    await blobs.complete(KEY, handle, receipts)
    write(late, b"r")
    with suppress(BlobNotFound):
        late.commit()
    late.discard()
    for generation in (1, 2):
        with pytest.raises(BlobNotFound):
            put(blobs, handle, 1, b"later", generation=generation)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]
    assert await unfinished(blobs) == set()


async def test_completing_again_is_ok(blobs: BlobStore) -> None:
    """The same receipts may complete an object any number of times."""
    handle, receipts = await upload(blobs)
    await blobs.complete(KEY, handle, receipts)
    await blobs.complete(KEY, handle, receipts)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]
    assert await unfinished(blobs) == set()


async def test_completing_again_with_other_parts_is_refused(blobs: BlobStore) -> None:
    """An object that is complete keeps its parts, and the caller learns that they are not the ones it means."""
    handle, receipts = await upload(blobs)
    other = put(blobs, handle, 3, stored(3, version=1), generation=2)
    await blobs.complete(KEY, handle, receipts)
    with pytest.raises(StoredFileCorrupt, match="other parts"):
        await blobs.complete(KEY, handle, [*receipts[:2], other])
    assert contents(blobs) == [stored(1), stored(2), stored(3)]


ONE_PART = FileLayout(PART_SIZE, PART_SIZE)


@pytest.mark.parametrize("is_durable", [True, False])
async def test_the_only_part_becomes_the_object_in_one_step(blobs: BlobStore, is_durable: bool) -> None:
    """It is read as it was written, its receipt completes it again, and its upload is at its end."""
    handle = await blobs.begin(KEY, is_durable=is_durable)
    sink = blobs.open_part(KEY, handle, 1, 1)
    write(sink, stored(1))
    receipt = PartReceipt(1, sink.commit_whole())
    with closing(blobs.open(KEY, ONE_PART)) as reader:
        assert read_part(reader, 1, ONE_PART) == stored(1)
    await blobs.complete(KEY, handle, [receipt])
    assert not await blobs.is_unfinished(KEY, handle)
    sink.discard()
    with closing(blobs.open(KEY, ONE_PART)) as reader:
        assert read_part(reader, 1, ONE_PART) == stored(1)


async def test_what_was_aborted_becomes_no_object(blobs: BlobStore) -> None:
    """A part whose upload was dropped meanwhile is told so, and nothing is visible."""
    handle = await blobs.begin(KEY, is_durable=False)
    sink = blobs.open_part(KEY, handle, 1, 1)
    write(sink, stored(1))
    await blobs.abort(KEY, handle)
    with pytest.raises(BlobNotFound):
        sink.commit_whole()
    sink.discard()
    assert [found async for found in blobs.list_complete()] == []


async def test_an_upload_that_began_lightly_takes_parts(blobs: BlobStore) -> None:
    """One that was not made durable at its begin is like any other once it has a part."""
    handle = await blobs.begin(KEY, is_durable=False)
    await blobs.complete(KEY, handle, [put(blobs, handle, number, stored(number)) for number in (1, 2, 3)])
    assert contents(blobs) == [stored(1), stored(2), stored(3)]


async def test_completing_what_was_never_begun_is_told(blobs: BlobStore) -> None:
    """An unknown upload, or a receipt that nothing stands behind, is BlobNotFound and makes nothing visible."""
    handle, receipts = await upload(blobs)
    forged = PartReceipt(3, "0123456789abcdef")
    with pytest.raises(BlobNotFound):
        await blobs.complete(KEY, handle, [*receipts[:2], forged])
    other = BlobKey.new()
    with pytest.raises(BlobNotFound):
        await blobs.complete(other, handle, receipts)
    with pytest.raises(BlobNotFound):
        await blobs.complete(other, f"{other}.1.0123456789abcdef", receipts)
    assert await keys(blobs) == set()
    await blobs.complete(KEY, handle, receipts)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]


async def test_many_may_complete_at_once(blobs: BlobStore) -> None:
    """Of several completions at the same time each succeeds, and the object is whole."""
    handle, receipts = await upload(blobs)
    await asyncio.gather(*(blobs.complete(KEY, handle, receipts) for _ in range(4)))
    assert contents(blobs) == [stored(1), stored(2), stored(3)]


async def test_abort_drops_the_parts(blobs: BlobStore) -> None:
    """After abort the upload is unknown; aborting again, or what never was, is OK."""
    handle, receipts = await upload(blobs)
    sink = blobs.open_part(KEY, handle, 2, 1)
    await blobs.abort(KEY, handle)
    await blobs.abort(KEY, handle)
    await blobs.abort(KEY, "unknown")
    sink.discard()
    assert await unfinished(blobs) == set()
    with pytest.raises(BlobNotFound):
        await blobs.complete(KEY, handle, receipts)


async def test_abort_leaves_a_complete_object(blobs: BlobStore) -> None:
    """An abort that comes late takes nothing away."""
    handle, receipts = await upload(blobs)
    await blobs.complete(KEY, handle, receipts)
    await blobs.abort(KEY, handle)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]


async def test_a_discarded_part_is_gone_and_a_committed_one_stays(blobs: BlobStore) -> None:
    """Discard drops what was not committed, and nothing else."""
    handle = await blobs.begin(KEY)
    sink = blobs.open_part(KEY, handle, 1, 1)
    write(sink, b"half")
    sink.discard()
    sink.discard()
    sink = blobs.open_part(KEY, handle, 1, 1)
    write(sink, stored(1))
    receipt = PartReceipt(1, sink.commit())
    sink.discard()
    await blobs.complete(KEY, handle, [receipt])
    with closing(blobs.open(KEY, FileLayout(PART_SIZE, PART_SIZE))) as reader:
        assert reader.read(1, 0, 3) == stored(1)[:3]


async def test_delete_removes_the_object(blobs: BlobStore) -> None:
    """A deleted object is gone also for those who read it; deleting again is OK."""
    handle, receipts = await upload(blobs)
    await blobs.complete(KEY, handle, receipts)
    await blobs.delete(KEY)
    await blobs.delete(KEY)
    with pytest.raises(BlobNotFound):
        blobs.open(KEY, LAYOUT)
    assert await keys(blobs) == set()


async def test_listing_tells_uploads_from_objects(store: Store, blobs: BlobStore) -> None:
    """The sweeps see each upload with its key and begin, and each complete object."""
    other = BlobKey.new()
    handle, receipts = await upload(blobs)
    open_handle, _ = await upload(blobs, other)
    await blobs.complete(KEY, handle, receipts)
    found = [upload async for upload in blobs.list_unfinished()]
    assert [(entry.key, entry.upload_handle) for entry in found] == [(other, open_handle)]
    assert found[0].begin_time == NOW if store.keeps_time else found[0].begin_time.utcoffset() is not None
    assert await keys(blobs) == {KEY}


async def test_an_object_is_listed_with_its_time(store: Store, blobs: BlobStore) -> None:
    """The time lies between the upload's begin and its completion, up to how exact the store's clock is."""
    begun = NOW if store.has_our_clock else datetime.now(UTC)
    handle, receipts = await upload(blobs)
    await blobs.complete(KEY, handle, receipts)
    (found,) = [found async for found in blobs.list_complete()]
    assert (found.key, found.time.utcoffset()) == (KEY, timedelta(0))
    assert begun - timedelta(seconds=2) <= found.time <= (begun if store.has_our_clock else datetime.now(UTC))


async def test_an_object_is_listed_under_its_prefix(blobs: BlobStore) -> None:
    """The prefixes together have every object, each has its own, and one without any is empty."""
    other = BlobKey(UUID(f"00{str(KEY)[2:]}"))
    for key in (KEY, other):
        handle, receipts = await upload(blobs, key)
        await blobs.complete(key, handle, receipts)
    assert await keys(blobs) == {KEY, other}
    assert await keys(blobs, "6f") == {KEY}
    assert await keys(blobs, "00") == {other}
    assert await keys(blobs, "ff") == set()


async def test_an_upload_is_unfinished_until_it_ends(blobs: BlobStore) -> None:
    """From its begin to its completion or abort, for its own key, and whatever a handle looks like."""
    handle, receipts = await upload(blobs)
    dropped = await blobs.begin(KEY)
    assert await blobs.is_unfinished(KEY, handle)
    assert await blobs.is_unfinished(KEY, dropped)
    assert not await blobs.is_unfinished(BlobKey.new(), handle)
    await blobs.complete(KEY, handle, receipts)
    await blobs.abort(KEY, dropped)
    for gone in (handle, dropped, "", "..", f"{KEY}.1.0123456789abcdef"):
        assert not await blobs.is_unfinished(KEY, gone)


async def test_parts_are_weighed_without_being_read(store: Store) -> None:
    """A read of no bytes gives none, but tells of a part that is not as it should be."""
    handle, receipts = await upload(store.blobs)
    await store.blobs.complete(KEY, handle, receipts)
    with closing(store.blobs.open(KEY, LAYOUT)) as reader:
        assert [bytes(reader.read(number, 0, 0)) for number in (1, 2, 3)] == [b""] * 3
    store.damage(KEY, 2, lambda data: data[:-1])
    with pytest.raises(StoredFileCorrupt), closing(store.blobs.open(KEY, LAYOUT)) as reader:
        reader.read(2, 0, 0)


async def test_a_store_is_claimed_once(blobs: BlobStore) -> None:
    """Of several databases that claim it, also at once, all learn of the same one; it shows in no list."""
    databases = [uuid4() for _ in range(4)]
    owners = await asyncio.gather(*(blobs.claim(database) for database in databases))
    assert len(set(owners)) == 1
    assert owners[0] in databases
    assert await blobs.claim(uuid4()) == owners[0]
    assert await keys(blobs) == set()


async def test_an_empty_store_lists_nothing(blobs: BlobStore) -> None:
    """Listing works before the first upload."""
    assert await unfinished(blobs) == set()
    assert await keys(blobs) == set()


@pytest.mark.parametrize(
    "change", [lambda data: data + b"\0", lambda data: data[:-1], lambda _: b""], ids=["longer", "shorter", "empty"]
)
async def test_a_part_of_another_size_is_corrupt(store: Store, change: Callable[[bytes], bytes]) -> None:
    """A part that won or lost bytes does not give any of them."""
    handle, receipts = await upload(store.blobs)
    await store.blobs.complete(KEY, handle, receipts)
    store.damage(KEY, 2, change)
    with pytest.raises(StoredFileCorrupt), closing(store.blobs.open(KEY, LAYOUT)) as reader:
        reader.read(2, 0, 10)


async def test_a_part_that_is_not_there_is_told(blobs: BlobStore) -> None:
    """Reading a part that the object does not have gives no bytes."""
    handle = await blobs.begin(KEY)
    await blobs.complete(KEY, handle, [put(blobs, handle, number, stored(number)) for number in (1, 2)])
    with pytest.raises(StoredFileCorrupt), closing(blobs.open(KEY, LAYOUT)) as reader:
        reader.read(3, 0, 1)


@pytest.mark.parametrize("handle", ["", "..", "../../x", "/etc", f"{KEY}/../x", f"{KEY}.1.0123456789abcdef/.."])
async def test_a_handle_leads_nowhere_else(blobs: BlobStore, handle: str) -> None:
    """A handle that was tampered with is an unknown upload, and harmless to abort."""
    for generation in (1, 2):
        with pytest.raises(BlobNotFound):
            put(blobs, handle, 1, b"x", generation=generation)
    with pytest.raises(BlobNotFound):
        await blobs.complete(KEY, handle, [PartReceipt(1, "0123456789abcdef")])
    await blobs.abort(KEY, handle)


@pytest.mark.parametrize("token", ["", "..", "../../../x", "0123456789abcdef/x"])
async def test_a_token_leads_nowhere_else(blobs: BlobStore, token: str) -> None:
    """A receipt that was tampered with stands for nothing."""
    handle = await blobs.begin(KEY)
    with pytest.raises(BlobNotFound):
        await blobs.complete(KEY, handle, [PartReceipt(1, token)])


async def test_a_handle_is_good_for_its_own_key_only(blobs: BlobStore) -> None:
    """One upload can't write into, or drop, that of another key."""
    handle, receipts = await upload(blobs)
    other = BlobKey.new()
    with pytest.raises(BlobNotFound):
        put(blobs, handle, 1, b"x", other)
    await blobs.abort(other, handle)
    await blobs.complete(KEY, handle, receipts)
    assert contents(blobs) == [stored(1), stored(2), stored(3)]
