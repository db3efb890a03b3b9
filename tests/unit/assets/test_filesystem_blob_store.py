"""What is peculiar to blobs in a folder: crashes, full disks, and what lies where."""

import asyncio
import errno
import fcntl
import os
import resource
import secrets
import shutil
import signal
import stat
import sys
import threading
from asyncio.subprocess import create_subprocess_exec
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import pytest

from emo_grpc.assets.adapters.filesystem import direct_io
from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.adapters.filesystem.direct_io import ALIGNMENT
from emo_grpc.assets.adapters.filesystem.durable_files import translated
from emo_grpc.assets.adapters.filesystem.write_behind import BUFFERS, DEPTH, WriteBehind
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, FileLayout
from emo_grpc.assets.service_layer.ports import PartReceipt, PartSink
from emo_grpc.shared.domain.errors import EmoError, StorageFull, Unavailable
from imposters import IMPOSTERS, Imposter, let_go
from sinks import write
from syncs import watched_syncs

LAYOUT = FileLayout(2500, 1000)
PARTS = {number: bytes([number]) * LAYOUT.stored_part_size(number) for number in (1, 2, 3)}
CRASH = Path(__file__).with_name("blob_crash.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
async def store(root: Path) -> AsyncIterator[FilesystemBlobStore]:
    made = FilesystemBlobStore(root)
    yield made
    made.close()


def put(store: FilesystemBlobStore, key: BlobKey, handle: str, number: int) -> PartReceipt:
    sink = store.open_part(key, handle, number, 1)
    write(sink, PARTS[number])
    return PartReceipt(number, sink.commit())


async def upload(store: FilesystemBlobStore, key: BlobKey) -> tuple[str, list[PartReceipt]]:
    handle = await store.begin(key)
    return handle, [put(store, key, handle, number) for number in PARTS]


def is_whole(store: FilesystemBlobStore, key: BlobKey) -> bool:
    """Whether the object is visible; it must be whole then."""
    try:
        reader = store.open(key, LAYOUT)
    except BlobNotFound:
        return False
    assert {number: bytes(reader.read(number, 0, len(PARTS[number]))) for number in PARTS} == PARTS
    return True


def files_in(root: Path) -> list[Path]:
    # Unlike rglob, walk takes it when the trash goes under its eyes.
    return [Path(folder, name) for folder, _, names in os.walk(root) for name in names]


async def killed_at(step: int, root: Path, action: str, *arguments: object) -> bool:
    """Do it in a process that is killed at that step; False if it came to its end before."""
    process = await create_subprocess_exec(sys.executable, CRASH, root, str(step), action, *map(str, arguments))
    code = await process.wait()
    assert code in (0, -signal.SIGKILL)
    return code != 0


async def test_a_crash_while_completing_leaves_all_or_nothing(root: Path) -> None:
    """Killed at any step, an object is either whole or not there, and completing it again makes it whole."""
    was_seen = set()
    for step in range(1, 100):
        store = FilesystemBlobStore(root)
        key = BlobKey.new()
        handle, receipts = await upload(store, key)
        is_killed = await killed_at(step, root, "complete", key, handle, *(receipt.token for receipt in receipts))
        was_seen.add(is_whole(store, key))
        await store.complete(key, handle, receipts)
        assert is_whole(store, key)
        await store.abort(key, handle)
        assert [found async for found in store.list_unfinished()] == []
        await store.delete(key)
        store.close()
        assert files_in(root) == []
        if not is_killed:
            break
    assert step > 10
    assert was_seen == {False, True}


@pytest.mark.parametrize("action", ["abort", "delete"])
async def test_a_crash_while_dropping_leaves_all_or_nothing(root: Path, action: str) -> None:
    """Killed at any step, what is dropped is whole or gone, and dropping it again leaves not a byte."""
    for step in range(1, 100):
        store = FilesystemBlobStore(root)
        key = BlobKey.new()
        handle, receipts = await upload(store, key)
        if action == "delete":
            await store.complete(key, handle, receipts)
        is_killed = await killed_at(step, root, action, key, handle)
        if action == "delete":
            is_whole(store, key)
            await store.delete(key)
        else:
            await store.abort(key, handle)
        assert [found async for found in store.list_unfinished()] == []
        store.close()
        assert files_in(root) == []
        if not is_killed:
            break
    assert step > 4


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let this process write no file beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def closing_sink(store: FilesystemBlobStore, key: BlobKey, handle: str) -> Iterator[PartSink]:
    """A part that is dropped in the end."""
    sink = store.open_part(key, handle, 1, 1)
    try:
        yield sink
    finally:
        sink.discard()


async def test_no_room_is_told_and_leaves_nothing(store: FilesystemBlobStore, root: Path) -> None:
    """A part that does not fit is StorageFull, its bytes are gone when it is discarded, and the upload goes on."""
    key = BlobKey.new()
    handle = await store.begin(key)
    sink = store.open_part(key, handle, 1, 1)
    with largest_file(100), pytest.raises(StorageFull):
        write(sink, PARTS[1])
    sink.discard()
    assert files_in(root) == []
    await store.complete(key, handle, [put(store, key, handle, number) for number in PARTS])
    assert is_whole(store, key)


@pytest.mark.parametrize(("blocks", "is_refused"), [(1000, True), (0, False)])
async def test_parts_leave_what_is_reserved(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch, blocks: int, is_refused: bool
) -> None:
    """A part is StorageFull on a volume that has less than 48 MiB left, and written where none says how large it is."""
    block = 4096
    left = os.statvfs_result((block, block, blocks, 0, (48 << 20) // block - 1, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "fstatvfs", lambda _: left)
    key = BlobKey.new()
    with closing_sink(store, key, await store.begin(key)) as sink:
        if is_refused:
            with pytest.raises(StorageFull):
                write(sink, PARTS[1])
        else:
            write(sink, PARTS[1])


async def test_pieces_of_any_size_are_stored(store: FilesystemBlobStore, root: Path) -> None:
    """Whole pages and odd ends between them all arrive in order."""
    key = BlobKey.new()
    handle = await store.begin(key)
    sink = store.open_part(key, handle, 1, 1)
    expected = bytearray()
    for number, size in enumerate((SEGMENT_SIZE, 4096, 4096, 8192, 17, 4096)):
        piece = bytes([number]) * size
        expected += piece
        write(sink, piece)
    await store.complete(key, handle, [PartReceipt(1, sink.commit())])
    (file,) = (path for path in files_in(root) if path.name == "1")
    assert file.read_bytes() == expected


async def test_more_write_at_once_than_there_are_buffers(store: FilesystemBlobStore, root: Path) -> None:
    """Those for whom no buffer is left write all the same, and nobody's bytes come into another's file."""
    key = BlobKey.new()
    handle = await store.begin(key)
    writers = BUFFERS + 4
    all_have_memory = threading.Barrier(writers, timeout=30)

    def put_when_all_have_memory(memory: memoryview, number: int) -> None:
        all_have_memory.wait()
        memory[:] = bytes([number]) * len(memory)
        all_have_memory.wait()

    def write_part(number: int) -> PartReceipt:
        sink = store.open_part(key, handle, number, 1)
        sink.write(SEGMENT_SIZE, partial(put_when_all_have_memory, number=number))
        return PartReceipt(number, sink.commit())

    with ThreadPoolExecutor(writers) as threads:
        receipts = list(threads.map(write_part, range(1, writers + 1)))
    await store.complete(key, handle, receipts)
    store.close()  # or what is in the trash may go under our eyes
    stored = {int(path.name): path.read_bytes() for path in files_in(root) if path.name.isdigit()}
    assert stored == {number: bytes([number]) * SEGMENT_SIZE for number in range(1, writers + 1)}


async def test_a_disk_that_fills_up_behind_is_told(store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written while more came is told with what comes next, or when the part is to count."""
    pwrite = os.pwrite

    def full(file: int, data: memoryview, offset: int) -> int:
        if offset == SEGMENT_SIZE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(file, data, offset)

    key = BlobKey.new()
    handle = await store.begin(key)
    monkeypatch.setattr(os, "pwrite", full)
    sink = store.open_part(key, handle, 1, 1)
    write(sink, bytes(2 * SEGMENT_SIZE))
    with pytest.raises(StorageFull):
        sink.commit()
    sink.discard()
    sink = store.open_part(key, handle, 1, 1)
    with pytest.raises(StorageFull):
        write(sink, bytes((2 + DEPTH) * SEGMENT_SIZE))
    sink.discard()
    monkeypatch.undo()
    assert put(store, key, handle, 1).number == 1


def test_nobody_takes_what_is_not_written_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the disk is slow with a buffer, no other bytes come into it."""
    pwrite, others_are_written = os.pwrite, threading.Event()

    def slow_at_first(file: int, data: memoryview, offset: int) -> int:
        if offset == 0:
            others_are_written.wait(30)
        return pwrite(file, data, offset)

    def put(memory: memoryview, number: int) -> None:
        memory[:] = bytes([number]) * len(memory)

    monkeypatch.setattr(os, "pwrite", slow_at_first)
    behind = WriteBehind()
    with (tmp_path / "file").open("w+b", buffering=0) as file:
        pending = [
            behind.submit(file.fileno(), ALIGNMENT, partial(put, number=number), number * ALIGNMENT)
            for number in range(3 * BUFFERS)
        ]
        for future in pending[1:]:
            future.result(30)
        others_are_written.set()
        pending[0].result(30)
        behind.close()
        assert file.read() == b"".join(bytes([number]) * ALIGNMENT for number in range(3 * BUFFERS))


def test_buffers_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails, the next write is one behind."""
    (tmp_path / "file").touch()
    behind = WriteBehind()
    monkeypatch.setattr(behind, "write_now", None)  # what it does when no buffer is left
    file = behind.open(tmp_path / "file")

    def fail(*_: object) -> NoReturn:
        raise ZeroDivisionError

    def put(memory: memoryview) -> None:
        memory[:] = b"a" * len(memory)

    for _ in range(2 * BUFFERS):
        with pytest.raises(ZeroDivisionError):
            file.write(ALIGNMENT, fail, 0)
        with monkeypatch.context() as full_disk:
            full_disk.setattr(os, "pwrite", fail)
            file.write(ALIGNMENT, put, 0)
            with pytest.raises(ZeroDivisionError):
                file.drain()
        file.write(ALIGNMENT, put, 0)
        file.drain()
    file.close()
    behind.close()
    assert (tmp_path / "file").read_bytes() == b"a" * ALIGNMENT


def cache_only_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_io, "DIRECT", 0)


def cache_only_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    open_file = os.open

    def refuse_direct(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return open_file(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse_direct)


def large_sectors(monkeypatch: pytest.MonkeyPatch) -> None:
    preadv, pwrite = os.preadv, os.pwrite

    def refuse_pieces(file: int, length: int, offset: int) -> None:
        if fcntl.fcntl(file, fcntl.F_GETFL) & os.O_DIRECT and (length | offset) % (1 << 16):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    def read_file(file: int, buffers: tuple[memoryview], offset: int) -> int:
        refuse_pieces(file, len(buffers[0]), offset)
        return preadv(file, buffers, offset)

    def write_file(file: int, data: memoryview, offset: int) -> int:
        refuse_pieces(file, len(data), offset)
        return pwrite(file, data, offset)

    monkeypatch.setattr(os, "preadv", read_file)
    monkeypatch.setattr(os, "pwrite", write_file)


async def stored_parts(store: FilesystemBlobStore, layout: FileLayout, data: bytes) -> BlobKey:
    """An object whose parts are all `data`."""
    key = BlobKey.new()
    handle = await store.begin(key)
    receipts = []
    for number in range(1, layout.part_count + 1):
        sink = store.open_part(key, handle, number, 1)
        write(sink, memoryview(data)[:SEGMENT_SIZE])
        write(sink, memoryview(data)[SEGMENT_SIZE:])
        receipts.append(PartReceipt(number, sink.commit()))
    await store.complete(key, handle, receipts)
    return key


@pytest.mark.parametrize("prepare", [lambda _: None, cache_only_system, cache_only_file_system, large_sectors])
@pytest.mark.parametrize("part_count", [1, 2])
@pytest.mark.parametrize("tail", [1, 5000, 8192 - 72])
async def test_ranges_at_any_place_are_read(
    store: FilesystemBlobStore,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[pytest.MonkeyPatch], None],
    part_count: int,
    tail: int,
) -> None:
    """Small files and large ones give any range of a part, whatever direct I/O there is; and no bytes beyond it."""
    prepare(monkeypatch)
    part_size = SEGMENT_SIZE + tail
    layout = FileLayout(part_count * part_size, part_size)
    size = layout.stored_part_size(1)
    data = secrets.token_bytes(size)
    key = await stored_parts(store, layout, data)
    rest = size - SEGMENT_SIZE
    ranges = [
        (0, 40),
        (40, SEGMENT_SIZE - 40),
        (4095, 5002),
        (17, SEGMENT_SIZE),
        (SEGMENT_SIZE, rest),
        (size, 0),
        (0, 0),
    ]
    with closing(store.open(key, layout)) as reader:
        for offset, length in ranges:
            assert bytes(reader.read(part_count, offset, length)) == data[offset : offset + length]
        with pytest.raises(Unavailable):
            reader.read(part_count, SEGMENT_SIZE, rest + 1)


async def test_large_files_leave_the_page_cache_to_others(
    store: FilesystemBlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The segments of a file of several parts are read around the cache; those of a small one, and headers, are not."""
    open_file = os.open
    found: list[bool] = []

    def watched_open(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if "/blobs/" in str(path) and not flags & (os.O_WRONLY | os.O_DIRECTORY):
            found.append(bool(flags & os.O_DIRECT))
        return open_file(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", watched_open)
    for part_count in (1, 2):
        layout = FileLayout(part_count * SEGMENT_SIZE, SEGMENT_SIZE)
        key = await stored_parts(store, layout, bytes(layout.stored_part_size(1)))
        with closing(store.open(key, layout)) as reader:
            reader.read(1, 0, 40)
            reader.read(1, 40, SEGMENT_SIZE - 40)
    assert found[:3] == [False, False, False]
    assert found[3]


async def at_once(work: Callable[[], object], place: Path) -> object:
    """Do it on a thread, and not for ever: when it waits for a pipe, somebody opens that in the end."""
    doing = asyncio.create_task(asyncio.to_thread(work))
    try:
        return await asyncio.wait_for(asyncio.shield(doing), 10)
    finally:
        let_go(place)
        await asyncio.wait([doing])


@pytest.mark.parametrize("imposter", IMPOSTERS)
@pytest.mark.parametrize("part_count", [1, 2])
async def test_what_is_no_file_is_never_read(
    store: FilesystemBlobStore, root: Path, part_count: int, imposter: Imposter
) -> None:
    """Whatever lies where a part was, and is no regular file, is data loss at once, for a header and for a segment."""
    layout = FileLayout(part_count * SEGMENT_SIZE, SEGMENT_SIZE)
    key = await stored_parts(store, layout, bytes(layout.stored_part_size(1)))
    place = next(path for path in files_in(root / "blobs") if path.name == "1")
    imposter(place)
    with closing(store.open(key, layout)) as reader:
        for length in (0, 40, SEGMENT_SIZE):
            with pytest.raises(StoredFileCorrupt):
                await at_once(partial(reader.read, 1, 0, length), place)


@pytest.mark.parametrize("imposter", IMPOSTERS)
async def test_what_is_no_file_is_no_note(store: FilesystemBlobStore, root: Path, imposter: Imposter) -> None:
    """Whatever lies where the store's note was, whose store this is can't be told, and that is told at once."""
    installation = uuid4()
    assert await store.claim(installation) == installation
    place = root / "installation"
    imposter(place)
    with pytest.raises(StoredFileCorrupt):
        await at_once(lambda: asyncio.run(store.claim(installation)), place)


@pytest.mark.parametrize("text", ["", "nobody's", "\u00e9"])
async def test_a_note_that_was_changed(store: FilesystemBlobStore, root: Path, text: str) -> None:
    """A note that names no installation is data loss, and not a mistake of the server."""
    await store.claim(uuid4())
    (root / "installation").write_text(text)
    with pytest.raises(StoredFileCorrupt):
        await store.claim(uuid4())


@pytest.mark.parametrize("imposter", IMPOSTERS)
async def test_what_is_no_file_is_never_written(
    store: FilesystemBlobStore, root: Path, monkeypatch: pytest.MonkeyPatch, imposter: Imposter
) -> None:
    """What takes the place of a part between its creation and its second opening gets no byte, and is told at once."""
    open_file = os.open

    def open_swapped(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        file = open_file(path, flags, mode, dir_fd=dir_fd)
        if flags & os.O_CREAT:
            imposter(Path(path))
        return file

    key = BlobKey.new()
    handle = await store.begin(key)
    monkeypatch.setattr(os, "open", open_swapped)
    with pytest.raises(StoredFileCorrupt):
        await at_once(partial(store.open_part, key, handle, 1, 1), root)


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.ENOENT, BlobNotFound),
    ],
)
def test_what_the_system_says_has_a_meaning(number: int, meaning: type[EmoError]) -> None:
    """Errors of the operating system never leave the adapter as they are."""
    with pytest.raises(meaning), translated():
        raise OSError(number, os.strerror(number))


async def test_a_root_that_is_no_folder_is_unavailable(tmp_path: Path) -> None:
    """A store whose folder can't be used says so, and not that the object is missing."""
    (tmp_path / "file").write_text("")
    store = FilesystemBlobStore(tmp_path / "file")
    with pytest.raises(Unavailable):
        await store.begin(BlobKey.new())
    store.close()


async def test_nobody_else_may_read_it(store: FilesystemBlobStore, root: Path) -> None:
    """Folders and files are for the server's own user only."""
    key = BlobKey.new()
    await store.complete(key, *await upload(store, key))
    await store.claim(uuid4())
    store.close()  # or what is in the trash may go under our eyes
    for path in root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


async def test_what_does_not_belong_here_is_not_listed(store: FilesystemBlobStore, root: Path) -> None:
    """Folders that others left behind are neither uploads nor objects."""
    key = BlobKey.new()
    await store.complete(key, *await upload(store, key))
    (root / "uploads" / "lost+found").mkdir()
    (root / "blobs" / str(key)[:2] / "backup").mkdir()
    assert [found.key async for found in store.list_complete()] == [key]
    assert [found async for found in store.list_unfinished()] == []


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number matters


async def test_a_part_that_can_not_be_opened_leaves_nothing(store: FilesystemBlobStore, root: Path) -> None:
    """When the descriptors run out between a part's two, neither the first nor the file stays."""
    key = BlobKey.new()
    handle = await store.begin(key)
    before = descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open("/dev/null", os.O_RDONLY)  # the lowest that is free; the one after it is beyond the limit
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, hard))
    try:
        with pytest.raises(Unavailable):
            store.open_part(key, handle, 1, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert descriptors() == before
    assert files_in(root) == []


async def test_a_folder_that_somebody_removed(store: FilesystemBlobStore, root: Path) -> None:
    """An empty one may be tidied away beside a server, which makes it again."""
    key = BlobKey.new()
    for _ in range(2):
        await store.complete(key, *await upload(store, key))
        assert is_whole(store, key)
        await store.delete(key)
        (root / "blobs" / str(key)[:2]).rmdir()
        (root / "uploads").rmdir()


@pytest.mark.parametrize("is_mount_point", [True, False])
async def test_a_store_that_is_away_has_lost_nothing(
    store: FilesystemBlobStore, root: Path, *, is_mount_point: bool
) -> None:
    """While the volume is not there, everything is Unavailable; when it is back, everything is as it was."""
    key, other = BlobKey.new(), BlobKey.new()
    await store.complete(key, *await upload(store, key))
    reader = store.open(key, LAYOUT)
    handle, receipts = await upload(store, other)
    root.rename(root.with_name("away"))
    if is_mount_point:
        root.mkdir()
    for work in (
        lambda: store.begin(BlobKey.new()),
        lambda: store.claim(uuid4()),
        lambda: store.complete(other, handle, receipts),
        lambda: store.complete(key, handle.replace(str(other), str(key)), receipts),
        lambda: store.abort(other, handle),
        lambda: store.delete(key),
        lambda: anext(store.list_unfinished()),
        lambda: anext(store.list_complete()),
    ):
        with pytest.raises(Unavailable):
            await work()
    for blocking in (
        lambda: store.open_part(other, handle, 1, 1),
        lambda: store.open(key, LAYOUT),
        lambda: reader.read(1, 0, 1),
    ):
        with pytest.raises(Unavailable):
            blocking()
    if is_mount_point:
        root.rmdir()  # so nothing was put there
    root.with_name("away").rename(root)
    await store.complete(other, handle, receipts)
    assert is_whole(store, key)
    assert is_whole(store, other)


async def test_a_store_from_before_is_taken_over(store: FilesystemBlobStore, root: Path) -> None:
    """A store that has had uploads only has no folder of objects yet, and gets one."""
    key = BlobKey.new()
    handle, receipts = await upload(store, key)
    (root / "blobs").rmdir()
    with closing(FilesystemBlobStore(root)) as again:
        await again.complete(key, handle, receipts)
        assert is_whole(again, key)


async def test_deleting_waits_for_no_removal(
    store: FilesystemBlobStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion is done while the bytes of an earlier one are still being removed; closing waits for all of them."""
    may_remove, remove = threading.Event(), shutil.rmtree

    def remove_later(*args: Any, **kwargs: Any) -> None:
        may_remove.wait(30)
        remove(*args, **kwargs)

    monkeypatch.setattr("emo_grpc.assets.adapters.filesystem.durable_files.shutil.rmtree", remove_later)
    for _ in range(6):
        key = BlobKey.new()
        await store.complete(key, *await upload(store, key))
        await store.delete(key)
        assert not is_whole(store, key)
    assert files_in(root / "trash") != []
    may_remove.set()
    store.close()
    assert files_in(root) == []


async def test_what_a_crash_left_in_the_trash_is_removed(root: Path) -> None:
    """The next start finishes deletions."""
    (root / "trash" / "0123456789abcdef").mkdir(parents=True)
    (root / "trash" / "0123456789abcdef" / "1").write_bytes(b"left")
    FilesystemBlobStore(root).close()
    assert files_in(root) == []


async def test_folders_that_another_process_has_just_made(
    store: FilesystemBlobStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They count as durable only once this process has seen to it."""
    key = BlobKey.new()
    folder = root / "blobs" / str(key)[:2]
    folder.mkdir()
    (root / "uploads").mkdir()
    synced: list[Path] = []
    monkeypatch.setattr("emo_grpc.assets.adapters.filesystem.blob_store.sync_folder", synced.append)
    monkeypatch.setattr("emo_grpc.shared.adapters.filesystem.folder_sync.sync_folder", synced.append)
    await store.complete(key, *await upload(store, key))
    assert synced == [root, root / "uploads", root / "blobs", folder]


async def test_a_part_that_counts_survives_a_power_cut(store: FilesystemBlobStore, root: Path) -> None:
    """With its receipt its bytes are synced, and its name in the folder of the upload."""
    key = BlobKey.new()
    handle = await store.begin(key)
    with watched_syncs() as syncs:
        receipt = put(store, key, handle, 1)
    folder = root / "uploads" / handle
    assert folder / f"1-{receipt.token}" in syncs
    assert folder in syncs


async def test_a_new_upload_survives_a_power_cut(store: FilesystemBlobStore, root: Path) -> None:
    """Its folder is durable in that of all uploads before anybody knows its handle."""
    with watched_syncs() as syncs:
        await store.begin(BlobKey.new())
    assert root / "uploads" in syncs
    assert root in syncs


async def test_a_file_that_is_complete_survives_a_power_cut(store: FilesystemBlobStore, root: Path) -> None:
    """The names of its parts are synced before it has its own, and that one afterwards, with that of its prefix."""
    key = BlobKey.new()
    handle, receipts = await upload(store, key)
    with watched_syncs() as syncs:
        await store.complete(key, handle, receipts)
    folder = root / "blobs" / str(key)[:2]
    assert syncs.order(folder / str(key), root / "blobs", folder) == [folder / str(key), root / "blobs", folder]


@pytest.mark.parametrize("action", ["abort", "delete"])
async def test_a_deletion_survives_a_power_cut(
    store: FilesystemBlobStore, root: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """The folder that lost the name is synced after the name is gone."""
    key = BlobKey.new()
    handle, receipts = await upload(store, key)
    folder = root / "uploads" / handle
    if action == "delete":
        await store.complete(key, handle, receipts)
        folder = root / "blobs" / str(key)[:2] / str(key)
    synced: list[tuple[Path, bool]] = []
    monkeypatch.setattr(
        "emo_grpc.assets.adapters.filesystem.durable_files.sync_folder",
        lambda path: synced.append((path, folder.exists())),
    )
    await (store.delete(key) if action == "delete" else store.abort(key, handle))
    assert synced == [(folder.parent, False)]
