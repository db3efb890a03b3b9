"""Downloads leave what is at their target as people expect: modes, links, devices, FIFOs."""

import asyncio
import errno
import os
import pty
import stat
import tty
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import grpc
import pytest

from emo_grpc.client import DownloadResult, EmoClient, EmoClientError, Progress, TargetExists
from emo_grpc.client.transfers.partial_file import PartialFile
from syncs import watched_syncs
from unit.client.fake_server import Failure, World

DATA = os.urandom(1_500_001)


@pytest.fixture
def asset_id(world: World) -> str:
    return world.store(DATA, "beach.mp4")


@pytest.fixture
def open_umask() -> Iterator[None]:
    """One that keeps nothing from the group."""
    before = os.umask(0o027)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("open_umask")
async def test_a_new_file_has_the_mode_that_the_umask_leaves(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """As any program's new file."""
    await client.download(asset_id, tmp_path / "copy")
    assert mode(tmp_path / "copy") == 0o640


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("kept", [0o600, 0o664, 0o400, 0o751])
async def test_a_file_that_is_overwritten_leaves_its_mode(
    client: EmoClient, asset_id: str, tmp_path: Path, kept: int
) -> None:
    """Also one that nobody else may read, whose bytes nobody else may read on their way either."""
    target = tmp_path / "copy"
    target.write_bytes(b"old")
    target.chmod(kept)
    seen: set[int] = set()

    def look(_: Progress) -> None:
        seen.update(mode(path) for path in tmp_path.glob("*.part"))

    await client.download(asset_id, target, overwrite=True, on_progress=look)
    assert mode(target) == kept
    assert all(each & 0o077 & ~kept == 0 for each in seen)
    assert target.read_bytes() == DATA


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
async def test_a_file_that_is_overwritten_stays_its_owners(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """Whoever else brings it up to date."""
    target = tmp_path / "copy"
    target.write_bytes(b"old")
    os.chown(target, 65534, 65534)
    await client.download(asset_id, target, overwrite=True)
    assert (target.stat().st_uid, target.stat().st_gid) == (65534, 65534)


@pytest.mark.parametrize("is_there", [True, False])
async def test_what_a_link_stands_for_is_replaced(
    client: EmoClient, asset_id: str, tmp_path: Path, *, is_there: bool
) -> None:
    """And the link stays one; as curl does it, but at once."""
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real", tmp_path / "link"
    if is_there:
        real.write_bytes(b"old")
    link.symlink_to("elsewhere/real")
    with pytest.raises(TargetExists):
        await client.download(asset_id, link)
    result = await client.download(asset_id, link, overwrite=True)
    assert result.path == link
    assert link.is_symlink()
    assert real.read_bytes() == DATA
    assert leftovers(tmp_path) == ["elsewhere", "link"]
    assert leftovers(tmp_path / "elsewhere") == ["real"]


async def test_links_in_a_circle_are_refused(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """By the name that was given, and stay."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links") as caught:
        await client.download(asset_id, tmp_path / "a", overwrite=True)
    assert caught.value.filename == str(tmp_path / "a")
    assert leftovers(tmp_path) == ["a", "b"]


async def read_until(task: "asyncio.Task[DownloadResult]", handle: int) -> bytes:
    """What comes until the task is done; a thread would hang when nothing does."""
    got = b""
    while not task.done() or got != DATA:
        with suppress(BlockingIOError):
            data = os.read(handle, 1 << 16)
            got += data
            if not data and task.done():
                break
        await asyncio.sleep(0)
    return got


@pytest.mark.parametrize("overwrite", [True, False])
async def test_a_fifo_is_written_into(client: EmoClient, asset_id: str, tmp_path: Path, *, overwrite: bool) -> None:
    """As fast as it is read, and it is still one afterwards."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    handle = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        task = asyncio.create_task(client.download(asset_id, fifo, overwrite=overwrite))
        assert await read_until(task, handle) == DATA
        assert (await task).size_bytes == len(DATA)
    finally:
        os.close(handle)
    assert fifo.is_fifo()


async def test_waiting_for_the_reader_of_a_fifo_can_be_cancelled(
    client: EmoClient, asset_id: str, tmp_path: Path, world: World
) -> None:
    """No thread hangs in it, and nothing is asked of the server before."""
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.download(asset_id, tmp_path / "fifo"), 0.3)
    assert "DownloadAsset" not in world.calls


async def test_a_device_is_written_into(client: EmoClient, world: World) -> None:
    """It stays a device. This one can't be replaced by a file, whatever goes wrong: no test may risk /dev/null."""
    ours, theirs = pty.openpty()
    try:
        tty.setraw(theirs)
        terminal = Path(os.ttyname(theirs))
        await client.download(world.store(b"hello"), terminal, overwrite=True)
        assert os.read(ours, 100) == b"hello"
        assert terminal.is_char_device()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
async def test_a_disk_is_written_over_only_when_asked(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """Its bytes would be lost. The disk of this test is none that is there."""
    disk = tmp_path / "disk"
    os.mknod(disk, 0o600 | stat.S_IFBLK, os.makedev(240, 255))
    with pytest.raises(TargetExists):
        await client.download(asset_id, disk)
    with pytest.raises(OSError, match="disk"):
        await client.download(asset_id, disk, overwrite=True)
    assert disk.is_block_device()


async def test_a_folder_is_made_when_it_is_said_to_be_one(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """Only for an asset that is there, only the last of the path, and never over a file."""
    new = tmp_path / "new"
    with pytest.raises(EmoClientError):
        await client.download("nonsense", new, is_folder=True)
    assert leftovers(tmp_path) == []
    for _ in range(2):
        result = await client.download(asset_id, new, is_folder=True, overwrite=True)
        assert result.path == new / "beach.mp4"
    with pytest.raises(NotADirectoryError, match=r"beach\.mp4"):
        await client.download(asset_id, new / "beach.mp4", is_folder=True)
    with pytest.raises(FileNotFoundError, match="deep/er"):
        await client.download(asset_id, tmp_path / "deep" / "er", is_folder=True)


async def test_a_folder_that_is_not_there_is_named_as_it_was_typed(
    client: EmoClient, asset_id: str, tmp_path: Path
) -> None:
    """Nobody knows what a partial file is called."""
    target = tmp_path / "nodir" / "x"
    with pytest.raises(FileNotFoundError) as caught:
        await client.download(asset_id, target)
    assert caught.value.filename == str(target)
    assert "part" not in str(caught.value)


async def test_a_full_disk_keeps_what_was_received(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the target and says that it goes on; and so it does, from there."""
    append, room = PartialFile.append, 400_000

    def full(part: PartialFile, data: bytes) -> None:
        if part.size + len(data) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(part, data)

    monkeypatch.setattr(PartialFile, "append", full)
    target = tmp_path / "copy"
    with pytest.raises(OSError, match="No space left") as caught:
        await client.download(asset_id, target)
    assert caught.value.filename == str(target)
    assert caught.value.__notes__ == ["what was received is kept, and the same command goes on with it"]
    monkeypatch.setattr(PartialFile, "append", append)
    await client.download(asset_id, target)
    assert target.read_bytes() == DATA
    assert world.offsets == [0, room]


async def test_a_target_that_can_not_be_replaced_keeps_what_was_received(
    client: EmoClient, asset_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that is mounted by itself: it is named, and stays."""
    target = tmp_path / "copy"
    target.write_bytes(b"mine")

    def busy(path: Path, _: Path) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path), None, str(target))

    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(OSError, match="busy") as caught:
        await client.download(asset_id, target, overwrite=True)
    assert (caught.value.filename, caught.value.filename2) == (str(target), None)
    assert target.read_bytes() == b"mine"
    assert len(leftovers(tmp_path)) == 2


async def test_what_another_asset_left_does_not_stand_in_the_way(
    client: EmoClient, world: World, asset_id: str, tmp_path: Path
) -> None:
    """Its partial file stays for the day on which somebody goes on with it."""
    other = world.store(DATA[::-1], "other")
    world.failures["DownloadAsset"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, after=1_000_000)]
    with pytest.raises(EmoClientError):
        await client.download(other, tmp_path / "copy")
    await client.download(asset_id, tmp_path / "copy")
    await client.download(other, tmp_path / "copy", overwrite=True)
    assert (tmp_path / "copy").read_bytes() == DATA[::-1]
    assert world.offsets == [0, 0, 1_000_000]
    assert leftovers(tmp_path) == ["copy"]


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_download_is_there_after_a_power_cut(
    client: EmoClient, asset_id: str, tmp_path: Path, overwrite: bool
) -> None:
    """Once it is told of, its bytes are durable, and then its name."""
    target = tmp_path / "copy"
    with watched_syncs() as syncs:
        await client.download(asset_id, target, overwrite=overwrite)
    assert syncs.order(tmp_path, target) == [target, tmp_path]


async def test_a_name_may_be_in_another_encoding(client: EmoClient, asset_id: str, tmp_path: Path) -> None:
    """Which is the system's own affair; the partial file does without what is no UTF-8."""
    target = tmp_path / "caf\udce9"
    await client.download(asset_id, target)
    assert target.read_bytes() == DATA
    assert len(leftovers(tmp_path)) == 1
