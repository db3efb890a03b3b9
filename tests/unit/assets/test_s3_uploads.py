"""What uploads leave in a bucket that nobody can read before they are complete."""

import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from databases import opened
from emo_grpc.assets.adapters.s3.blob_store import S3BlobStore
from emo_grpc.assets.adapters.s3.bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3.part_buffers import PartBuffers
from emo_grpc.assets.domain.commands import CheckpointUpload, StartUpload
from emo_grpc.assets.domain.errors import QuotaExceeded, UploadSuperseded
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.domain.messages import Command
from hand_clock import HandClock

from .world import ANN, PART, QUOTA, SCHEMAS, World, send, some_bytes, stores_on


@pytest.fixture
async def bucket_world(s3_location: S3Location) -> AsyncIterator[World]:
    blobs = S3BlobStore(S3Bucket(s3_location))
    async with opened(InMemorySqliteDatabase(SCHEMAS)) as database:
        with ThreadPoolExecutor(4, "transfer") as threads:
            world = World(stores_on(database, HandClock(), blobs), threads)
            world.downloads = replace(world.downloads, reads_serially=True)
            yield world
            await world.uploads.settled()
            blobs.close()


def kept(location: S3Location) -> list[list[int]]:
    """The part numbers of each multipart upload in the bucket."""
    bucket = S3Bucket(location)
    return [sorted(bucket.parts(found.name, found.upload_id)) for found in bucket.uploads("")]


async def stream(world: World, asset_id: AssetId, data: bytes, *, offset: int = 0, is_overtaken: bool = False) -> None:
    """Send these bytes, and wait until the stream has left nothing to do."""
    try:
        async with world.uploads.open(ANN, asset_id, offset) as writer:
            if is_overtaken:
                await world.bus.handle(StartUpload(ANN, asset_id, offset))
            await send(writer, data)
            await writer.pause()
    finally:
        await world.uploads.settled()


def away(*_: object) -> None:
    """What a bucket answers that can't be reached."""
    raise Unavailable("away")


async def test_a_full_quota_is_full_in_the_bucket(bucket_world: World, s3_location: S3Location) -> None:
    """However often somebody tries, nothing that the quota refused stays in the bucket."""
    await bucket_world.create(QUOTA)
    asset_id = await bucket_world.create()
    for _ in range(2):
        with pytest.raises(QuotaExceeded):
            await stream(bucket_world, asset_id, some_bytes(2 * PART))
        assert kept(s3_location) == []


async def test_nothing_is_kept_that_no_quota_was_asked_for(bucket_world: World, s3_location: S3Location) -> None:
    """Writers of a file of unknown size that overtake each other before any part counts leave nothing at the end."""
    asset_id = await bucket_world.create()
    with pytest.raises(UploadSuperseded):
        await stream(bucket_world, asset_id, some_bytes(PART), is_overtaken=True)
    await stream(bucket_world, asset_id, b"")
    assert kept(s3_location) == []


async def test_overtaken_writers_leave_no_volumes(bucket_world: World, s3_location: S3Location) -> None:
    """Of writers that store parts and are overtaken before any counts, nothing stays but the numbers of the first."""
    asset_id = await bucket_world.create(2 * PART)
    for _ in range(3):
        with pytest.raises(UploadSuperseded):
            await stream(bucket_world, asset_id, some_bytes(2 * PART), is_overtaken=True)
    assert kept(s3_location) in ([[1]], [[1, 2]])
    await bucket_world.upload(asset_id, some_bytes(2 * PART))
    assert await bucket_world.download(asset_id) == some_bytes(2 * PART)


async def test_streams_without_a_whole_part_leave_no_volumes(bucket_world: World, s3_location: S3Location) -> None:
    """A later stream that breaks off in its first part takes along the volume that it began."""
    asset_id = await bucket_world.create(2 * PART)
    await stream(bucket_world, asset_id, some_bytes(PART))
    await stream(bucket_world, asset_id, some_bytes(PART), offset=PART - 3)
    assert kept(s3_location) == [[1]]
    await stream(bucket_world, asset_id, some_bytes(2 * PART)[PART : PART + 9], offset=PART)
    assert kept(s3_location) == [[1]]


@pytest.mark.parametrize("last", ["put_part", "complete_upload"])
async def test_a_small_file_makes_way_for_the_next(
    bucket_world: World, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """When the bucket is away from some step of a small file on, maybe after it has become an object, the one that is
    sent again is the file, and nothing of the first stays, not even in the only buffer."""
    data = some_bytes(1000)
    asset_id, step = await bucket_world.create(len(data)), getattr(S3Bucket, last)
    monkeypatch.setattr(bucket_world.blobs, "_buffers", PartBuffers(1))
    monkeypatch.setattr(tempfile, "TemporaryFile", away)  # where a part without a buffer waits

    def go_away(*arguments: object) -> None:
        step(*arguments)
        for name in ("put_part", "complete_upload", "head", "parts", "check_upload", "abort_upload"):
            patch.setattr(S3Bucket, name, away)
        away()

    with monkeypatch.context() as patch:
        patch.setattr(S3Bucket, last, go_away)
        with pytest.raises(Unavailable):
            await bucket_world.upload(asset_id, data)
        await bucket_world.uploads.settled()
    assert await bucket_world.persisted(asset_id) == 0
    await bucket_world.upload(asset_id, data[::-1])
    await bucket_world.deliver()
    assert await bucket_world.download(asset_id) == data[::-1]
    assert await bucket_world.objects() == (1, 0)


async def test_a_part_that_may_count_stays(
    bucket_world: World, s3_location: S3Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the answer to a checkpoint is lost, the later writer's part stays, and the file goes on behind it."""
    data = some_bytes(2 * PART + 5)
    asset_id = await bucket_world.create(len(data))
    await stream(bucket_world, asset_id, data[:PART])
    handle = bucket_world.bus.handle

    async def lose_the_answer(command: Command[object]) -> object:
        answer = await handle(command)
        if isinstance(command, CheckpointUpload):
            raise Unavailable("away")
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(bucket_world.bus, "handle", lose_the_answer)
        with pytest.raises(Unavailable):
            await stream(bucket_world, asset_id, data[PART : 2 * PART], offset=PART)
    assert sorted(kept(s3_location)) == [[1], [2]]
    assert await bucket_world.persisted(asset_id) == 2 * PART
    await bucket_world.upload(asset_id, data[2 * PART :], offset=2 * PART)
    assert await bucket_world.download(asset_id) == data
