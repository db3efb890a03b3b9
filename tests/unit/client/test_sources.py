"""Where an upload's bytes come from, and what can go wrong there."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import grpc
import pytest

from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.client import BytesSource, EmoClient, EmoClientError, Progress, SourceChanged, SourceSpent, StreamSource
from emo_grpc.client.transfers.sources import ByteSource, FileSource
from emo_grpc.client.transfers.stream_source import KEPT_BYTES
from unit.client.fake_server import PART_BYTES, Failure, World

DATA = os.urandom(5_000_003)
COUNTED_BY_NOBODY = Path("/proc/version")
NAMED = Asset(title="a", file=File(name="a"))


@contextmanager
def stream_of(tmp_path: Path, data: bytes, kept_bytes: int = 64 * 1024 * 1024) -> Iterator[StreamSource]:
    """As of `< file`: what no code may know is that it could go back."""
    (tmp_path / "stream").write_bytes(data)
    handle = os.open(tmp_path / "stream", os.O_RDONLY)
    try:
        yield StreamSource(handle, "standard input", kept_bytes)
    finally:
        os.close(handle)


async def all_of(source: ByteSource, offset: int = 0) -> bytes:
    async with aclosing(source.read_from(offset)) as chunks:
        return b"".join([data async for data in chunks])


@pytest.mark.skipif(not COUNTED_BY_NOBODY.exists(), reason="a file system of Linux")
async def test_a_file_whose_size_says_nothing_is_sent_whole(client: EmoClient, world: World) -> None:
    """Its size is unknown until the end, and 0 is no answer."""
    assert COUNTED_BY_NOBODY.stat().st_size == 0
    result = await client.upload(COUNTED_BY_NOBODY)
    content = COUNTED_BY_NOBODY.read_bytes()
    assert (bytes(world.assets[result.asset_id].received), result.size_bytes) == (content, len(content))


async def test_an_empty_file_that_fills_under_its_upload_has_changed(
    client: EmoClient, world: World, tmp_path: Path
) -> None:
    """What a later second of it would have sent is not known."""
    path = tmp_path / "log"
    path.touch()
    written: list[Progress] = []

    def write(progress: Progress) -> None:
        written.append(progress)

    create = client.assets.create

    async def create_and_grow(asset: Asset, *, request_id: str = "") -> str:
        made = await create(asset, request_id=request_id)
        path.write_bytes(b"first line")
        return made

    client.assets.create = create_and_grow  # type: ignore[method-assign]  # the moment at which it grows
    with pytest.raises(SourceChanged, match="log"):
        await client.upload(path, on_progress=write)
    assert not any(stored.complete for stored in world.assets.values())


async def test_what_is_no_file_is_named_and_not_waited_for(client: EmoClient, world: World, tmp_path: Path) -> None:
    """A FIFO may take a file's place between a look and the opening."""
    os.mkfifo(tmp_path / "fifo")
    async with asyncio.timeout(10):
        with pytest.raises(OSError, match="not a file") as caught:
            await client.upload(tmp_path / "fifo")
    assert caught.value.filename == str(tmp_path / "fifo")
    assert world.assets == {}


async def test_a_file_that_can_not_be_read_to_its_end_is_named(
    client: EmoClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that fails."""
    (tmp_path / "photo").write_bytes(DATA)

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(OSError, match="output error") as caught:
        await client.upload(tmp_path / "photo")
    assert caught.value.filename == str(tmp_path / "photo")


@pytest.mark.parametrize("size", [0, 1, 2 * 1024 * 1024, len(DATA)])
async def test_a_stream_arrives_whole(client: EmoClient, world: World, tmp_path: Path, size: int) -> None:
    """Nobody knows its size before it has ended."""
    seen: list[Progress] = []
    with stream_of(tmp_path, DATA[:size]) as source:
        result = await client.upload(source, NAMED, on_progress=seen.append)
    assert bytes(world.assets[result.asset_id].received) == DATA[:size]
    assert {each.total for each in seen} <= {None}


async def test_a_stream_goes_on_from_what_is_kept(client: EmoClient, world: World, tmp_path: Path) -> None:
    """After any number of interruptions, the server has all of it once."""
    world.failures["UploadAsset"] = [Failure(after=2_500_000), Failure(after=3_500_000)]
    with stream_of(tmp_path, DATA) as source:
        result = await client.upload(source, NAMED)
    assert bytes(world.assets[result.asset_id].received) == DATA
    assert world.offsets == [0, 2 * PART_BYTES, 2 * PART_BYTES]


async def test_a_stream_of_which_too_little_is_kept_ends_the_upload(
    client: EmoClient, world: World, tmp_path: Path
) -> None:
    """It says so, instead of storing a file with a hole."""
    world.failures["UploadAsset"] = [Failure(after=4_000_000)]
    with stream_of(tmp_path, DATA, kept_bytes=1) as source, pytest.raises(SourceSpent, match="standard input"):
        await client.upload(source, NAMED)
    assert not any(stored.complete for stored in world.assets.values())


async def test_a_stream_keeps_no_more_than_it_may(tmp_path: Path) -> None:
    """Memory is bounded, and what is kept is given again."""
    with stream_of(tmp_path, DATA, kept_bytes=2_000_000) as source:
        assert await all_of(source) == DATA
        assert await all_of(source, len(DATA) - 2_000_000) == DATA[-2_000_000:]
        with pytest.raises(SourceSpent):
            await all_of(source, len(DATA) - 4_200_000)


async def test_what_is_being_read_when_an_upload_breaks_is_not_lost() -> None:
    """A pipe gives its bytes once, also to somebody who was cancelled while he waited for them."""
    ours, theirs = os.pipe()
    try:
        source = StreamSource(ours, "pipe")
        waiting = asyncio.create_task(all_of(source))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        for piece in (b"hel", b"lo"):
            os.write(theirs, piece)
        os.close(theirs)
        assert await all_of(source) == b"hello"
        assert await all_of(source, 2) == b"llo"
    finally:
        os.close(ours)


async def test_a_source_that_gives_nothing_more_is_given_up(client: EmoClient, world: World) -> None:
    """Stalls without one byte in between are failures like any other."""
    world.failures["UploadAsset"] = [Failure(reason="UPLOAD_STALLED", after=1) for _ in range(20)]
    with pytest.raises(EmoClientError) as caught:
        await client.upload(BytesSource(DATA[:1000]), NAMED)
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE


async def test_of_a_stream_64_mib_are_kept(tmp_path: Path) -> None:
    """Less, and an upload could have to go on where nothing is kept any more; more is not promised."""
    path = tmp_path / "long"
    path.touch()
    os.truncate(path, KEPT_BYTES)
    assert KEPT_BYTES == 64 << 20
    with path.open("rb") as opened:
        source = StreamSource(opened.fileno(), "long")
        assert sum([len(data) async for data in source.read_from(0)]) == KEPT_BYTES
        assert sum([len(data) async for data in source.read_from(0)]) == KEPT_BYTES


async def test_no_file_is_closed_under_a_thread(
    client: EmoClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often an upload is cancelled, the handle that a thread reads stays its own until it has read."""
    (tmp_path / "file").write_bytes(DATA)
    reached, may_go_on, read = threading.Event(), threading.Event(), FileSource._read

    def read_late(source: FileSource, offset: int) -> bytes:
        reached.set()
        assert may_go_on.wait(10)
        return read(source, offset)

    monkeypatch.setattr(FileSource, "_read", read_late)
    uploading = asyncio.create_task(client.upload(tmp_path / "file"))
    assert await asyncio.to_thread(reached.wait, 10)
    try:
        for _ in range(3):
            uploading.cancel()
            await asyncio.wait([uploading], timeout=0.01)
            assert not uploading.done()
    finally:
        may_go_on.set()
    await asyncio.wait([uploading])
    assert uploading.cancelled()
