"""What an S3 that fails in the middle does to uploads and downloads: nothing, or a clear error."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from emo_grpc.assets.adapters.s3 import bucket as s3_bucket
from emo_grpc.assets.adapters.s3 import ranged_stream as s3_stream
from emo_grpc.assets.adapters.s3.blob_store import S3BlobStore
from emo_grpc.assets.adapters.s3.bucket import ATTEMPTS, S3Bucket, S3Location
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, FileLayout
from emo_grpc.assets.service_layer.ports import BlobReader, PartReceipt
from emo_grpc.shared.domain.errors import Unavailable
from fault_proxy import Fault, FaultProxy, fault_proxy
from sinks import write

MIB = 1 << 20
LAYOUT = FileLayout(6 * MIB, 8 * MIB)
DATA = b"".join(bytes([number]) * (LAYOUT.stored_size // 6 + 1) for number in range(6))[: LAYOUT.stored_size]


@pytest.fixture
def proxy(s3_location: S3Location) -> Iterator[FaultProxy]:
    assert s3_location.url is not None
    with fault_proxy(s3_location.url) as made:
        yield made


@pytest.fixture
async def blobs(
    s3_location: S3Location, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[S3BlobStore]:
    monkeypatch.setattr(s3_bucket, "READ_TIMEOUT", 4)  # a store that is slow on a busy machine is no silent one
    monkeypatch.setattr(s3_stream, "PAUSE", 0.01)
    made = S3BlobStore(S3Bucket(replace(s3_location, url=proxy.url)))
    yield made
    made.close()


def commit(blobs: S3BlobStore, key: BlobKey, handle: str) -> PartReceipt:
    sink = blobs.open_part(key, handle, 1, 1)
    for offset in range(0, len(DATA), MIB):
        write(sink, memoryview(DATA)[offset : offset + MIB])
    try:
        return PartReceipt(1, sink.commit())
    finally:
        sink.discard()


async def stored(blobs: S3BlobStore) -> BlobKey:
    key = BlobKey.new()
    handle = await blobs.begin(key)
    await blobs.complete(key, handle, [commit(blobs, key, handle)])
    return key


def contents(blobs: S3BlobStore, key: BlobKey) -> bytes:
    with closing(blobs.open(key, LAYOUT)) as reader:
        return read_all(reader)


def read_all(reader: BlobReader) -> bytes:
    offsets = range(0, LAYOUT.stored_size, SEGMENT_SIZE)
    pieces = (reader.read(1, offset, min(SEGMENT_SIZE, LAYOUT.stored_size - offset)) for offset in offsets)
    return b"".join(map(bytes, pieces))


ONCE = {
    "503": Fault(answers_503=True),
    "cut before": Fault(after_sent=0),
    "cut while sending": Fault(after_sent=3 * MIB),
    "cut while answering": Fault(after_received=0),
    "stalled while sending": Fault(after_sent=3 * MIB, stalls=True),
    "stalled before the answer": Fault(after_received=0, stalls=True),
}


@pytest.mark.parametrize("fault", ONCE.values(), ids=ONCE.keys())
async def test_a_part_is_sent_again(blobs: S3BlobStore, proxy: FaultProxy, fault: Fault) -> None:
    """A store that fails once in the middle of a part has it in the end, whole and once."""
    key = BlobKey.new()
    handle = await blobs.begin(key)
    proxy.inject(fault)
    receipt = commit(blobs, key, handle)
    await blobs.complete(key, handle, [receipt])
    assert proxy.hits == 1
    assert contents(blobs, key) == DATA


async def test_an_upload_goes_on_after_the_store_was_away(blobs: S3BlobStore, proxy: FaultProxy) -> None:
    """A store that gives only errors is Unavailable, with a hint when to come again; then the upload goes on."""
    key = BlobKey.new()
    handle = await blobs.begin(key)
    proxy.inject(Fault(times=ATTEMPTS, answers_503=True))
    with pytest.raises(Unavailable) as caught:
        commit(blobs, key, handle)
    assert caught.value.retry_after is not None
    assert proxy.hits == ATTEMPTS
    await blobs.complete(key, handle, [commit(blobs, key, handle)])
    assert contents(blobs, key) == DATA


@pytest.mark.parametrize("is_last_try", [False, True])
async def test_completing_is_repeated(blobs: S3BlobStore, proxy: FaultProxy, is_last_try: bool) -> None:
    """A completion whose answer is lost succeeds all the same, at once or when it is tried again."""
    key = BlobKey.new()
    handle = await blobs.begin(key)
    receipts = [commit(blobs, key, handle)]
    proxy.inject(Fault(times=ATTEMPTS if is_last_try else 1, after_received=0))
    if is_last_try:
        with pytest.raises(Unavailable):
            await blobs.complete(key, handle, receipts)
    await blobs.complete(key, handle, receipts)
    assert contents(blobs, key) == DATA
    assert [found async for found in blobs.list_unfinished()] == []


BROKEN_READS = {
    "cut": Fault(after_received=2 * MIB + 100),
    "cut twice": Fault(times=2, after_received=MIB + 77),
    "stalled": Fault(after_received=2 * MIB, stalls=True),
}


@pytest.mark.parametrize("fault", BROKEN_READS.values(), ids=BROKEN_READS.keys())
async def test_a_download_goes_on_where_it_broke(blobs: S3BlobStore, proxy: FaultProxy, fault: Fault) -> None:
    """Bytes that did not come are asked for again, and only those: what is read is what was stored."""
    key = await stored(blobs)
    with closing(blobs.open(key, LAYOUT)) as reader:
        proxy.inject(fault)
        assert read_all(reader) == DATA
    assert proxy.hits == fault.times


async def test_a_store_that_breaks_off_again_and_again(blobs: S3BlobStore, proxy: FaultProxy) -> None:
    """Reading does not try for ever: it is Unavailable, and works when the store does."""
    key = await stored(blobs)
    with closing(blobs.open(key, LAYOUT)) as reader:
        # After the head of the answer, before or in the first bytes of its body.
        proxy.inject(Fault(times=100, after_received=700))
        with pytest.raises(Unavailable):
            reader.read(1, MIB, MIB)
        proxy.inject(Fault(times=0))
        assert reader.read(1, MIB, MIB) == DATA[MIB : 2 * MIB]


async def test_a_store_that_is_stopped_and_started(blobs: S3BlobStore, proxy: FaultProxy) -> None:
    """While the store is away everything is Unavailable and nothing counts as gone; then all is as it was."""
    key, other = await stored(blobs), BlobKey.new()
    handle = await blobs.begin(other)
    reader = blobs.open(key, LAYOUT)
    proxy.is_down = True
    proxy.drop_all()
    receipts = [PartReceipt(1, "e")]
    for attempt in (
        blobs.begin(other),
        blobs.delete(key),
        blobs.abort(other, handle),
        blobs.complete(other, handle, receipts),
    ):
        with pytest.raises(Unavailable):
            await attempt
    for read in (lambda: commit(blobs, other, handle), lambda: blobs.open(key, LAYOUT), lambda: reader.read(1, 0, 9)):
        with pytest.raises(Unavailable):
            read()
    proxy.is_down = False
    assert reader.read(1, 0, 9) == DATA[:9]
    reader.close()
    await blobs.complete(other, handle, [commit(blobs, other, handle)])
    assert contents(blobs, other) == contents(blobs, key) == DATA


async def test_a_crash_between_two_volumes(
    blobs: S3BlobStore, s3_location: S3Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of two writers is not there until all of it is; completing goes on, and an abort leaves nothing."""
    layout = FileLayout(LAYOUT.size + 100, LAYOUT.size)
    keys = BlobKey.new(), BlobKey.new()
    begun = []
    for key in keys:
        handle = await blobs.begin(key)
        sink = blobs.open_part(key, handle, 2, 2)
        write(sink, memoryview(DATA)[: layout.stored_part_size(2)])
        begun.append((key, handle, [commit(blobs, key, handle), PartReceipt(2, sink.commit())]))
    complete_upload = S3Bucket.complete_upload

    def crashing(bucket: S3Bucket, name: str, upload_id: str, etags: dict[int, str]) -> None:
        if name.endswith(".00002"):
            return complete_upload(bucket, name, upload_id, etags)
        raise RuntimeError("crash")

    with monkeypatch.context() as patch:
        patch.setattr(S3Bucket, "complete_upload", crashing)
        for parts in begun:
            with pytest.raises(RuntimeError):
                await blobs.complete(*parts)
    assert [blob async for blob in blobs.list_complete()] == []
    await blobs.complete(*begun[0])
    with closing(blobs.open(keys[0], layout)) as reader:
        assert read_all(reader) == DATA
        assert reader.read(2, 0, 100) == DATA[:100]
    await blobs.abort(*begun[1][:2])
    await blobs.delete(keys[0])
    bucket = S3Bucket(s3_location)
    assert list(bucket.objects("")) == []
    assert list(bucket.uploads("")) == []


async def test_a_store_that_contradicts_itself(blobs: S3BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told as gone that the store still lists: completing is Unavailable, and goes on later."""
    key = BlobKey.new()
    handle = await blobs.begin(key)
    receipts = [commit(blobs, key, handle)]

    def unknown(*_: object) -> None:
        raise BlobNotFound("there is no such upload")

    with monkeypatch.context() as patch:
        patch.setattr(S3Bucket, "complete_upload", unknown)
        with pytest.raises(Unavailable):
            await blobs.complete(key, handle, receipts)
    await blobs.complete(key, handle, receipts)
    with monkeypatch.context() as patch:
        patch.setattr(S3Bucket, "head", unknown)
        await blobs.abort(key, handle)
    assert contents(blobs, key) == DATA


async def test_completing_while_somebody_else_does(blobs: S3BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that another completes between an error and its cause is complete, not gone."""
    key = BlobKey.new()
    handle = await blobs.begin(key)
    receipts = [commit(blobs, key, handle)]
    complete_upload, parts = S3Bucket.complete_upload, S3Bucket.parts

    def busy(*_: object) -> None:
        raise Unavailable("somebody completes it")

    def late(bucket: S3Bucket, name: str, upload_id: str) -> dict[int, str]:
        complete_upload(bucket, name, upload_id, {1: receipts[0].token})
        return parts(bucket, name, upload_id)

    monkeypatch.setattr(S3Bucket, "complete_upload", busy)
    monkeypatch.setattr(S3Bucket, "parts", late)
    await blobs.complete(key, handle, receipts)
    assert contents(blobs, key) == DATA


async def test_a_stream_whose_own_parts_are_gone(blobs: S3BlobStore, s3_location: S3Location) -> None:
    """A later writer that the store forgot loses its own parts only: it is told to try again, not that all is gone."""
    key, bucket = BlobKey.new(), S3Bucket(s3_location)
    handle = await blobs.begin(key)
    sink = blobs.open_part(key, handle, 2, 2)
    write(sink, DATA)
    later = next(found for found in bucket.uploads("") if found.name.endswith(".00002"))
    bucket.abort_upload(later.name, later.upload_id)
    with pytest.raises(Unavailable):
        sink.commit()
    await blobs.abort(key, handle)
    with pytest.raises(BlobNotFound):
        sink.commit()
    sink.discard()
