"""Downloads are whole and right, or not there at all."""

import asyncio
import os
import threading
from contextlib import aclosing, nullcontext
from pathlib import Path
from typing import Any

import google_crc32c
import grpc
import pytest

from emo.assets.v1 import assets_pb2
from emo_grpc.client import ByteRange, ChecksumMismatch, EmoClient, EmoClientError, Progress, TargetExists
from emo_grpc.client.errors import DownloadUnderWay
from emo_grpc.client.transfers import partial_file
from emo_grpc.client.transfers.partial_file import PartialFile, open_part, part_path, whole_identity
from unit.client.fake_server import Failure, World

DATA = os.urandom(2_500_001)
WHOLE = ByteRange()


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def asset_id(world: World) -> str:
    return world.store(DATA, "beach.mp4")


async def test_a_file_comes_back_byte_for_byte(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """The target holds the file, and nothing else is left behind."""
    seen: list[Progress] = []
    result = await client.download(asset_id, tmp_path / "copy.mp4", on_progress=seen.append)
    assert result.path.read_bytes() == DATA
    assert result.size_bytes == len(DATA)
    assert leftovers(tmp_path) == ["copy.mp4"]
    assert seen[-1] == Progress(len(DATA), len(DATA), len(DATA))


async def test_an_empty_file_comes_back(client: EmoClient, world: World, tmp_path: Path) -> None:
    """No bytes are a file too."""
    await client.download(world.store(b""), tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""
    assert leftovers(tmp_path) == ["empty"]


@pytest.mark.parametrize(
    ("name", "expected"), [("beach.mp4", "beach.mp4"), ("../../etc/passwd", "_._etc_passwd"), ("..", None)]
)
async def test_into_a_folder_it_takes_a_safe_form_of_its_own_name(
    client: EmoClient, world: World, tmp_path: Path, name: str, expected: str | None
) -> None:
    """A name that somebody else chose never leads out of the folder."""
    asset_id = world.store(DATA, name)
    result = await client.download(asset_id, tmp_path)
    assert result.path == tmp_path / (expected or asset_id)
    assert result.path.read_bytes() == DATA


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ByteRange(5), DATA[5:]),
        (ByteRange(1_000_000, 7), DATA[1_000_000:1_000_007]),
        (ByteRange(len(DATA) - 3, 100), DATA[-3:]),
        (ByteRange(len(DATA)), b""),
    ],
    ids=["to the end", "in the middle", "beyond the end", "at the end"],
)
async def test_ranges(client: EmoClient, asset_id: str, tmp_path: Path, wanted: ByteRange, expected: bytes) -> None:
    """Just the bytes asked for are received, as far as there are any."""
    await client.download(asset_id, tmp_path / "range", wanted)
    assert (tmp_path / "range").read_bytes() == expected
    async with aclosing(client.download_chunks(asset_id, wanted)) as chunks:
        assert b"".join([data async for data in chunks]) == expected


async def test_a_range_behind_the_end_is_refused(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """The error says how long the file is."""
    with pytest.raises(EmoClientError, match=str(len(DATA))) as caught:
        await client.download(asset_id, tmp_path / "range", ByteRange(len(DATA) + 1))
    assert caught.value.code is grpc.StatusCode.OUT_OF_RANGE
    assert leftovers(tmp_path) == []


async def test_a_download_that_is_cut_goes_on(client: EmoClient, world: World, asset_id: str, tmp_path: Path) -> None:
    """Bytes that have arrived are not asked for again."""
    world.failures["DownloadAsset"] = [Failure(after=1_000_000), Failure(after=500_000)]
    await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA
    assert world.offsets == [0, 1_000_000, 1_500_000]


async def test_a_damaged_chunk_is_asked_for_again(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """A chunk whose checksum is wrong never reaches the file."""
    world.corrupt_chunks = [3]
    await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA
    assert world.offsets == [0, 300_000]


async def test_a_later_download_goes_on_with_the_partial_file(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """What a download that failed has received is used by the next."""
    world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, after=1_000_000)]
    with pytest.raises(EmoClientError):
        await client.download(asset_id, tmp_path / "copy")
    (part,) = leftovers(tmp_path)
    assert part.startswith("copy.")
    assert part.endswith(".part")
    await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA
    assert world.offsets == [0, 1_000_000]
    assert leftovers(tmp_path) == ["copy"]


async def test_a_range_is_begun_anew_by_a_later_download(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """Bytes of a range that lay on the disk can't be checked, so they are never used."""
    wanted = ByteRange(5, 2_000_000)
    world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, after=1_000_000)]
    with pytest.raises(EmoClientError):
        await client.download(asset_id, tmp_path / "range", wanted)
    (part,) = leftovers(tmp_path)
    with (tmp_path / part).open("r+b") as stream:
        stream.write(b"gone bad")
    world.failures["DownloadAsset"] = [Failure(after=500_000)]
    await client.download(asset_id, tmp_path / "range", wanted)
    assert (tmp_path / "range").read_bytes() == DATA[5:2_000_005]
    assert world.offsets == [5, 5, 500_005]
    assert leftovers(tmp_path) == ["range"]


async def test_a_partial_file_of_another_asset_is_not_gone_on_with(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """Two assets downloaded to one name are never mixed."""
    world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, after=1_000_000)]
    with pytest.raises(EmoClientError):
        await client.download(asset_id, tmp_path / "copy")
    other = os.urandom(len(DATA))
    await client.download(world.store(other), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == other


async def test_a_partial_file_that_went_bad_is_begun_again(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """When the whole is wrong because of bytes from before, all bytes are received anew."""
    world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, after=1_000_000)]
    with pytest.raises(EmoClientError):
        await client.download(asset_id, tmp_path / "copy")
    (part,) = leftovers(tmp_path)
    with (tmp_path / part).open("r+b") as stream:
        stream.write(b"gone bad")
    await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA
    assert world.offsets == [0, 1_000_000, 0]


async def test_a_whole_that_is_wrong_never_gets_its_name(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """Chunks that are right one by one but not together are thrown away."""
    world.assets[asset_id].received[7] ^= 1
    with pytest.raises(ChecksumMismatch):
        await client.download(asset_id, tmp_path / "copy")
    assert leftovers(tmp_path) == []


async def test_an_existing_file_is_kept_unless_asked(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """Nobody loses a file by a download."""
    target = tmp_path / "copy"
    target.write_bytes(b"mine")
    with pytest.raises(TargetExists):
        await client.download(asset_id, target)
    assert target.read_bytes() == b"mine"
    assert "DownloadAsset" not in world.calls
    await client.download(asset_id, target, overwrite=True)
    assert target.read_bytes() == DATA


async def test_a_file_that_appears_meanwhile_is_kept(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """Also at the last moment nothing is overwritten, and what was received stays."""
    target = tmp_path / "copy"

    def interfere(_: Progress) -> None:
        target.write_bytes(b"mine")

    with pytest.raises(TargetExists):
        await client.download(asset_id, target, on_progress=interfere)
    assert target.read_bytes() == b"mine"
    assert len(leftovers(tmp_path)) == 2


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_download_that_was_killed_while_it_got_its_name_is_ended(
    client: EmoClient, asset_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, overwrite: bool
) -> None:
    """Its file has both names then: what happens to it later does not happen to the partial file."""
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    await client.download(asset_id, tmp_path / "copy")
    monkeypatch.undo()
    assert len(leftovers(tmp_path)) == 2
    (tmp_path / "copy").write_bytes(b"mine")
    with nullcontext() if overwrite else pytest.raises(TargetExists):
        await client.download(asset_id, tmp_path / "copy", overwrite=overwrite)
    assert leftovers(tmp_path) == ["copy"]
    assert (tmp_path / "copy").read_bytes() == (DATA if overwrite else b"mine")


async def test_nothing_is_written_through_a_link_that_has_the_name_of_the_partial_file(
    client: EmoClient, asset_id: str, tmp_path: Path
) -> None:
    """Somebody else may put one there, where folders are shared."""
    (tmp_path / "other").write_bytes(b"mine")
    identity = whole_identity(asset_id, len(DATA), google_crc32c.value(DATA))
    part_path(tmp_path / "copy", identity).symlink_to("other")
    with pytest.raises(OSError, match="symbolic link"):
        await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "other").read_bytes() == b"mine"


def test_a_partial_file_that_gets_its_name_meanwhile_is_not_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first download may end between the second one's opening of it and its lock."""

    def ended(_: int) -> bool:
        part_path(tmp_path / "copy", "some bytes").rename(tmp_path / "copy")
        return True

    monkeypatch.setattr(partial_file, "try_lock", ended)
    with pytest.raises(DownloadUnderWay), open_part(tmp_path / "copy", "some bytes"):
        raise AssertionError


async def test_two_downloads_to_one_name_do_not_mix(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """The second is refused while the first one lasts."""
    target = tmp_path / "copy"
    file = (await client.assets.get(asset_id)).file
    identity = f"{asset_id} {file.size_bytes} {file.crc32c} 0 {file.size_bytes}"
    with open_part(target, identity), pytest.raises(TargetExists, match="downloaded already"):
        await client.download(asset_id, target)


async def test_a_file_that_is_not_complete_is_refused(client: EmoClient, world: World, tmp_path: Path) -> None:
    """Nothing is written for an asset whose file is not in yet."""
    asset_id = world.store(DATA)
    world.assets[asset_id].asset.file.ClearField("crc32c")
    with pytest.raises(EmoClientError) as caught:
        await client.download(asset_id, tmp_path / "copy")
    assert caught.value.reason == "FILE_NOT_COMPLETE"
    assert leftovers(tmp_path) == []


async def test_a_token_that_ended_is_renewed(client: EmoClient, world: World, asset_id: str, tmp_path: Path) -> None:
    """A stream that begins with an expired token begins again with a new one."""
    world.failures["DownloadAsset"] = [Failure(after=1_000_000)]

    def expire(progress: Progress) -> None:
        if progress.done:
            world.expired.add("access-1")

    await client.download(asset_id, tmp_path / "copy", on_progress=expire)
    assert (tmp_path / "copy").read_bytes() == DATA
    assert "RefreshTokens" in world.calls


HEADER = assets_pb2.DownloadAssetResponse(
    header=assets_pb2.DownloadHeader(
        file=assets_pb2.File(size_bytes=len(DATA), crc32c=google_crc32c.value(DATA)), length=len(DATA)
    )
)
OTHER_RANGE = assets_pb2.DownloadAssetResponse(header=assets_pb2.DownloadHeader(length=1))
TOO_MUCH = assets_pb2.DownloadAssetResponse(
    chunk=assets_pb2.DownloadChunk(data=bytes(3_000_000), crc32c=google_crc32c.value(bytes(3_000_000)))
)
ALL = assets_pb2.DownloadAssetResponse(chunk=assets_pb2.DownloadChunk(data=DATA, crc32c=google_crc32c.value(DATA)))


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([], id="nothing"),
        pytest.param([ALL], id="no header"),
        pytest.param([HEADER], id="too few bytes"),
        pytest.param([HEADER, HEADER], id="two headers"),
        pytest.param([HEADER, TOO_MUCH], id="too many bytes"),
        pytest.param([HEADER, b"\xff"], id="undecodable"),
        pytest.param([HEADER, b""], id="empty message"),
        pytest.param([OTHER_RANGE, ALL], id="another range"),
    ],
)
async def test_a_stream_that_breaks_the_rules_is_begun_again(
    client: EmoClient,
    world: World,
    asset_id: str,
    tmp_path: Path,
    script: list[assets_pb2.DownloadAssetResponse | bytes],
) -> None:
    """Whatever comes, only the right bytes end up in the file."""
    world.download_scripts = [script]
    await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA
    assert world.calls.count("DownloadAsset") == 2


async def test_bytes_after_the_last_one_do_no_harm(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """The file is whole and checked by then."""
    world.download_scripts = [[HEADER, ALL, ALL]]
    await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA


async def test_chunks_that_are_not_the_file_are_told(client: EmoClient, world: World, asset_id: str) -> None:
    """Chunks that are each right, and together are not the file, end with an error, also when they are not kept."""
    zeros = bytes(len(DATA))
    other = assets_pb2.DownloadAssetResponse(
        chunk=assets_pb2.DownloadChunk(data=zeros, crc32c=google_crc32c.value(zeros))
    )
    world.download_scripts = [[HEADER, other]]
    with pytest.raises(ChecksumMismatch):
        _ = [data async for data in client.download_chunks(asset_id)]


async def test_another_file_under_the_same_id_is_refused(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """Bytes of two files are never mixed."""
    other = assets_pb2.DownloadAssetResponse()
    other.CopyFrom(HEADER)
    other.header.file.crc32c ^= 1
    world.download_scripts = [[other, ALL]]
    with pytest.raises(EmoClientError) as caught:
        await client.download(asset_id, tmp_path / "copy")
    assert caught.value.code is grpc.StatusCode.ABORTED


async def test_a_server_that_falls_silent_is_asked_again(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream on which nothing comes is given up for a new one."""
    monkeypatch.setattr("emo_grpc.client.transfers.download.STALL_SECONDS", 0.2)
    world.silent_streams = 1
    await client.download(asset_id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA


async def test_without_hard_links_nothing_is_overwritten_either(
    client: EmoClient, asset_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems have none."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "copy"
    await client.download(asset_id, target)
    assert target.read_bytes() == DATA

    def interfere(_: Progress) -> None:
        (tmp_path / "other").write_bytes(b"mine")

    with pytest.raises(TargetExists):
        await client.download(asset_id, tmp_path / "other", on_progress=interfere)
    assert (tmp_path / "other").read_bytes() == b"mine"


@pytest.mark.parametrize("step", ["resume", "append", "finish"])
async def test_no_file_is_closed_under_a_thread(
    client: EmoClient, asset_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """However often a download is cancelled, its handle stays its own until threads are done with it."""
    reached, may_go_on, work = threading.Event(), threading.Event(), getattr(PartialFile, step)

    def late(part: PartialFile, *arguments: Any, **options: Any) -> Any:
        reached.set()
        assert may_go_on.wait(10)
        os.fstat(part._handle)
        return work(part, *arguments, **options)

    monkeypatch.setattr(PartialFile, step, late)
    downloading = asyncio.create_task(client.download(asset_id, tmp_path / "copy.mp4"))
    assert await asyncio.to_thread(reached.wait, 10)
    try:
        for _ in range(3):
            downloading.cancel()
            await asyncio.wait([downloading], timeout=0.01)
            assert not downloading.done()
    finally:
        may_go_on.set()
    await asyncio.wait([downloading])
    assert downloading.cancelled()
