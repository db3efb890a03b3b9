"""Uploads arrive whole, whatever happens on the way."""

import asyncio
import os
from pathlib import Path

import google_crc32c
import grpc
import pytest

from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.client import (
    BytesSource,
    ChecksumMismatch,
    EmoClient,
    EmoClientError,
    Progress,
    SourceChanged,
    UploadResult,
)
from unit.client.fake_server import PART_BYTES, Failure, World

DATA = os.urandom(5_000_003)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "beach day.mp4"
    made.write_bytes(DATA)
    return made


def received(world: World, result: UploadResult) -> bytes:
    stored = world.assets[result.asset_id]
    assert stored.complete
    return bytes(stored.received)


async def test_a_file_arrives_byte_for_byte_with_what_its_name_says(
    client: EmoClient, world: World, path: Path
) -> None:
    """An upload makes one asset that is described by the file, and holds its bytes."""
    result = await client.upload(path, Asset(tags=["sea"]))
    assert received(world, result) == DATA
    assert (result.size_bytes, result.crc32c) == (len(DATA), google_crc32c.value(DATA))
    asset = world.assets[result.asset_id].asset
    assert (asset.title, asset.file.name, asset.file.content_type) == ("beach day", "beach day.mp4", "video/mp4")
    assert (asset.file.size_bytes, list(asset.tags)) == (len(DATA), ["sea"])


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 1024 * 1024 + 1])
async def test_every_size_arrives(client: EmoClient, world: World, tmp_path: Path, size: int) -> None:
    """Empty files and files that end at a chunk's edge are no special case."""
    path = tmp_path / "file"
    path.write_bytes(DATA[:size])
    assert received(world, await client.upload(path)) == DATA[:size]


async def test_bytes_in_memory_can_be_uploaded(client: EmoClient, world: World) -> None:
    """A source need not be a file."""
    asset = Asset(title="letter", file=File(name="letter.txt"))
    assert received(world, await client.upload(BytesSource(DATA), asset)) == DATA


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.INTERNAL]
)
async def test_an_upload_that_is_cut_goes_on_where_the_server_has_come(
    client: EmoClient, world: World, path: Path, code: grpc.StatusCode
) -> None:
    """After a passing failure only what was not persisted is sent again."""
    world.failures["UploadAsset"] = [Failure(code, after=2_500_000), Failure(code, after=3_500_000)]
    assert received(world, await client.upload(path)) == DATA
    assert world.offsets == [0, 2 * PART_BYTES, 2 * PART_BYTES]


async def test_failures_are_counted_anew_whenever_the_upload_came_further(
    client: EmoClient, world: World, path: Path
) -> None:
    """A long upload over a bad line is not given up as long as it grows."""
    cuts = [offset + PART_BYTES for offset in (0, PART_BYTES, 2 * PART_BYTES)]
    world.failures["UploadAsset"] = [Failure(after=cut) for cut in cuts for _ in range(2)]
    assert received(world, await client.upload(path)) == DATA


async def test_an_upload_that_never_comes_further_is_given_up(client: EmoClient, world: World, path: Path) -> None:
    """The last error is raised once so many tries in a row brought nothing."""
    world.failures["UploadAsset"] = [Failure(message=f"no {number}", after=1) for number in range(20)]
    with pytest.raises(EmoClientError, match="no 3") as caught:
        await client.upload(path)
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.ABORTED, "UPLOAD_SUPERSEDED"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED"),
        (grpc.StatusCode.INVALID_ARGUMENT, "SIZE_MISMATCH"),
    ],
)
async def test_a_failure_that_stays_ends_the_upload_at_once(
    client: EmoClient, world: World, path: Path, code: grpc.StatusCode, reason: str
) -> None:
    """What another try can't mend is raised after the first."""
    world.failures["UploadAsset"] = [Failure(code, reason, after=1)]
    with pytest.raises(EmoClientError) as caught:
        await client.upload(path)
    assert caught.value.reason == reason
    assert world.calls.count("UploadAsset") == 1


async def test_who_met_somebody_else_tries_again(client: EmoClient, world: World, path: Path) -> None:
    """A concurrent change has stored nothing, so the upload goes on."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, "CONCURRENT_CHANGE", after=1)]
    assert received(world, await client.upload(path)) == DATA


async def test_a_damaged_chunk_is_sent_again(client: EmoClient, world: World, path: Path) -> None:
    """The server drops it, and the upload goes on at what is persisted."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.DATA_LOSS, "CHUNK_CHECKSUM_MISMATCH", after=2_500_000)]
    assert received(world, await client.upload(path)) == DATA


async def test_a_damaged_file_is_sent_once_more_from_the_start(client: EmoClient, world: World, path: Path) -> None:
    """A wrong whole-file checksum drops all, so all is sent again."""
    world.corrupt_uploads = 1
    assert received(world, await client.upload(path)) == DATA
    assert world.offsets == [0, 0]


async def test_a_file_damaged_twice_is_given_up(client: EmoClient, world: World, path: Path) -> None:
    """Sending without end would help nobody."""
    world.corrupt_uploads = 2
    with pytest.raises(ChecksumMismatch):
        await client.upload(path)
    assert world.offsets == [0, 0]


def lost() -> Failure:
    return Failure(grpc.StatusCode.DATA_LOSS, "STORED_FILE_CORRUPT", after=2_500_000, drops=True)


async def test_what_the_server_has_lost_is_sent_once_more_from_the_start(
    client: EmoClient, world: World, path: Path
) -> None:
    """When what was persisted is gone or was changed, the server drops all, so all is sent again."""
    world.failures["UploadAsset"] = [lost()]
    assert received(world, await client.upload(path)) == DATA
    assert world.offsets == [0, 0]


async def test_what_the_server_loses_twice_is_given_up(client: EmoClient, world: World, path: Path) -> None:
    """A store that keeps nothing is told of."""
    world.failures["UploadAsset"] = [lost(), lost()]
    with pytest.raises(EmoClientError) as caught:
        await client.upload(path)
    assert caught.value.reason == "STORED_FILE_CORRUPT"
    assert world.offsets == [0, 0]


async def test_a_lost_answer_to_finish_is_no_failure(client: EmoClient, world: World, path: Path) -> None:
    """When the file turns out to be complete and ours, the upload has succeeded."""
    world.failures["finish"] = [Failure()]
    assert received(world, await client.upload(path)) == DATA
    assert world.calls.count("UploadAsset") == 1


async def test_an_asset_with_another_file_is_left_alone(client: EmoClient, world: World, path: Path) -> None:
    """Resuming an upload that is complete with other bytes of the same size says so."""
    asset_id = world.store(bytes(len(DATA)))
    with pytest.raises(EmoClientError) as caught:
        await client.resume_upload(asset_id, path)
    assert caught.value.reason == "FILE_ALREADY_COMPLETE"


async def test_another_process_goes_on_with_an_upload(client: EmoClient, world: World, path: Path) -> None:
    """With nothing but the asset's id, the rest is sent, and the checksum of the whole is right."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, after=4_000_000)]
    with pytest.raises(EmoClientError):
        await client.upload(path)
    (asset_id,) = world.assets
    result = await client.resume_upload(asset_id, path)
    assert received(world, result) == DATA
    assert world.offsets == [0, 2 * PART_BYTES]


async def test_more_bytes_at_the_server_than_in_the_file_is_a_change(
    client: EmoClient, world: World, path: Path
) -> None:
    """A file that shrank since its upload began is not mixed with what is there."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, after=4_000_000)]
    with pytest.raises(EmoClientError):
        await client.upload(path)
    path.write_bytes(DATA[:1000])
    (asset_id,) = world.assets
    with pytest.raises(SourceChanged):
        await client.resume_upload(asset_id, path)


def change(path: Path, how: str) -> None:
    if how == "grown":
        with path.open("ab") as stream:
            stream.write(b"more")
    elif how == "touched":
        os.utime(path, ns=(1, 1))
    elif how == "shrunk":
        os.truncate(path, 2_000_000)
    else:
        path.unlink()


@pytest.mark.parametrize("how", ["grown", "touched", "shrunk", "gone"])
async def test_a_file_that_changes_under_its_upload_is_noticed(
    client: EmoClient, world: World, path: Path, how: str
) -> None:
    """Neither a mixture of two versions is finished, nor is it retried."""
    changes = iter([how])

    def change_once(_: Progress) -> None:
        if "UploadAsset" in world.calls:  # one that ended before would not get as far as the server
            for one in changes:
                change(path, one)

    with pytest.raises(SourceChanged, match="beach day"):
        await client.upload(path, on_progress=change_once)
    assert not any(stored.complete for stored in world.assets.values())
    assert world.calls.count("UploadAsset") == 1


async def test_a_retried_create_makes_one_asset(client: EmoClient, world: World, path: Path) -> None:
    """The same request id again goes on with the same asset."""
    request_id = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"
    first = await client.upload(path, request_id=request_id)
    again = await client.upload(path, request_id=request_id)
    assert first == again
    assert len(world.assets) == 1


async def test_progress_grows_to_the_whole(client: EmoClient, world: World, path: Path) -> None:
    """Who watches sees every chunk, what is safe, and the total."""
    world.failures["UploadAsset"] = [Failure(after=2_500_000)]
    seen: list[Progress] = []
    await client.upload(path, on_progress=seen.append)
    assert seen[-1] == Progress(len(DATA), 2 * PART_BYTES, len(DATA))
    assert [found.persisted for found in seen] == sorted(found.persisted for found in seen)


async def test_the_server_says_when_to_try_again(
    client: EmoClient, world: World, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait is never shorter than RetryInfo asks for."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("emo_grpc.client.retries.asyncio.sleep", note)
    world.failures["UploadAsset"] = [Failure(after=1, retry_after=7.5)]
    await client.upload(path)
    assert waits[0] >= 7.5


async def test_a_token_that_ends_during_an_upload_is_renewed(client: EmoClient, world: World, path: Path) -> None:
    """The upload goes on with a new token."""
    world.failures["UploadAsset"] = [Failure(after=2_500_000)]

    def expire(_: Progress) -> None:
        world.expired.add("access-1")

    assert received(world, await client.upload(path, on_progress=expire)) == DATA
    assert "RefreshTokens" in world.calls


async def test_cancelling_an_upload_ends_it(client: EmoClient, world: World, path: Path) -> None:
    """A cancelled task is cancelled, not retried."""
    reached = asyncio.Event()

    def see_whether_it_is_there(_: Progress) -> None:
        if "UploadAsset" in world.calls:
            reached.set()

    task = asyncio.create_task(client.upload(path, on_progress=see_whether_it_is_there))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.calls.count("UploadAsset") == 1


async def test_a_server_that_falls_silent_is_tried_again(
    client: EmoClient, world: World, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that takes nothing more is given up for a new one."""
    monkeypatch.setattr("emo_grpc.client.transfers.upload.STALL_SECONDS", 0.2)
    monkeypatch.setattr("emo_grpc.client.transfers.upload.FINISH_SECONDS", 0.2)
    world.silent_streams = 1
    assert received(world, await client.upload(path)) == DATA


async def test_an_answer_that_comes_too_early_is_no_success(client: EmoClient, world: World, path: Path) -> None:
    """As long as the server does not say complete, the rest is sent."""
    world.hasty_answers = 1
    assert received(world, await client.upload(path)) == DATA
    assert world.offsets == [0, 0]


async def test_a_stream_that_the_other_side_cancels_is_begun_again(client: EmoClient, world: World, path: Path) -> None:
    """Only our own cancelling ends an upload."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.CANCELLED, after=2_500_000)]
    assert received(world, await client.upload(path)) == DATA


@pytest.mark.parametrize(("request_id", "asked"), [("", 0), ("6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d", 1)])
async def test_only_what_may_have_begun_is_asked_for(
    client: EmoClient, world: World, path: Path, request_id: str, asked: int
) -> None:
    """A new upload costs no question; one that may be a repetition does."""
    await client.upload(path, request_id=request_id)
    assert world.calls.count("GetUploadStatus") == asked


async def test_an_asset_that_is_gone_ends_the_upload(client: EmoClient, path: Path) -> None:
    """There is nothing to go on with."""
    with pytest.raises(EmoClientError) as caught:
        await client.resume_upload("nonsense", path)
    assert caught.value.reason == "ASSET_NOT_FOUND"


async def test_bytes_in_memory_can_be_resumed(client: EmoClient, world: World) -> None:
    """A source is asked for the rest only."""
    world.failures["UploadAsset"] = [Failure(grpc.StatusCode.ABORTED, after=4_000_000)]
    with pytest.raises(EmoClientError):
        await client.upload(BytesSource(DATA), Asset(title="a", file=File(name="a")))
    (asset_id,) = world.assets
    assert received(world, await client.resume_upload(asset_id, BytesSource(DATA))) == DATA
