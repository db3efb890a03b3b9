"""How much memory the blob store in memory takes."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from uuid import UUID

import pytest

from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import PartReceipt, PartSink
from emo_grpc.shared.domain.errors import StorageFull
from sinks import write

KEY = BlobKey(UUID("6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"))
LIMIT = 10
ALL = b"0123456789"


@pytest.fixture
def store() -> MemoryBlobStore:
    return MemoryBlobStore(limit=LIMIT)


async def begun(store: MemoryBlobStore) -> tuple[str, PartSink]:
    """An upload whose first part takes all there is."""
    handle = await store.begin(KEY)
    sink = store.open_part(KEY, handle, 1, 1)
    write(sink, ALL)
    return handle, sink


async def assert_empty(store: MemoryBlobStore) -> None:
    """All of the limit can be had, and not a byte more."""
    handle, sink = await begun(store)
    with pytest.raises(StorageFull):
        write(sink, b"1")
    sink.withdraw()
    await store.abort(KEY, handle)


async def test_it_is_bounded(store: MemoryBlobStore) -> None:
    """What does not fit is StorageFull and nothing of it is kept; what was there stays."""
    handle, sink = await begun(store)
    receipt = PartReceipt(1, sink.commit())
    await store.complete(KEY, handle, [receipt])
    other = store.open_part(KEY, await store.begin(KEY), 1, 1)
    with pytest.raises(StorageFull):
        write(other, b"1")
    other.discard()
    assert store.objects[KEY] == {1: ALL}


async def test_what_is_deleted_makes_room(store: MemoryBlobStore) -> None:
    """A deleted object takes nothing, also when it is deleted again."""
    handle, sink = await begun(store)
    await store.complete(KEY, handle, [PartReceipt(1, sink.commit())])
    await store.delete(KEY)
    await store.delete(KEY)
    await assert_empty(store)


@pytest.mark.parametrize("is_committed", [False, True])
@pytest.mark.parametrize("is_aborted", [False, True])
async def test_what_is_withdrawn_makes_room(store: MemoryBlobStore, is_committed: bool, is_aborted: bool) -> None:
    """A part takes nothing after its end, whatever became of it and of its upload, and however often it ends."""
    handle, sink = await begun(store)
    if is_committed:
        sink.commit()
    if is_aborted:
        await store.abort(KEY, handle)
    sink.withdraw()
    sink.withdraw()
    await store.abort(KEY, handle)
    await assert_empty(store)


async def test_a_part_of_an_aborted_upload(store: MemoryBlobStore) -> None:
    """It can't be committed any more, and takes nothing once it is discarded."""
    handle, sink = await begun(store)
    await store.abort(KEY, handle)
    with pytest.raises(BlobNotFound):
        sink.commit()
    sink.discard()
    await assert_empty(store)


async def test_versions_that_lost_make_room(store: MemoryBlobStore) -> None:
    """Of several versions of a part the object keeps one; the others take nothing from its completion on."""
    handle = await store.begin(KEY)
    tokens = []
    for generation in (1, 2):
        sink = store.open_part(KEY, handle, 1, generation)
        write(sink, ALL[:5])
        tokens.append(sink.commit())
    await store.complete(KEY, handle, [PartReceipt(1, tokens[1])])
    write(store.open_part(KEY, await store.begin(KEY), 1, 1), ALL[5:])
    await store.delete(KEY)
    write(store.open_part(KEY, await store.begin(KEY), 1, 1), ALL[5:])


class Overtaken:
    """A lock before whose hold number `turn`, from 0, something else gets in."""

    def __init__(self, lock: threading.Lock, turn: int, act: Callable[[], None]) -> None:
        self._lock = lock
        self._left = turn
        self._act = act

    def __enter__(self) -> None:
        self._left -= 1
        if self._left == -1:
            self._act()
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


@pytest.mark.parametrize("turn", range(3))
def test_dropped_while_it_is_stored(monkeypatch: pytest.MonkeyPatch, turn: int) -> None:
    """An upload that is dropped at any time while a thread stores its file leaves nothing: no object, no bytes."""
    store = MemoryBlobStore(limit=LIMIT)
    handle = asyncio.run(store.begin(KEY))

    def drop() -> None:
        asyncio.run(store.abort(KEY, handle))
        asyncio.run(store.delete(KEY))

    monkeypatch.setattr(store, "_lock", Overtaken(threading.Lock(), turn, drop))
    sink = store.open_part(KEY, handle, 1, 1)
    write(sink, ALL)
    with suppress(BlobNotFound):
        sink.commit_whole()
    monkeypatch.undo()
    sink.discard()
    drop()
    assert store.objects == {}
    asyncio.run(assert_empty(store))
