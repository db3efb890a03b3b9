"""Copies of stored parts that can't be made."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.integrity.file_copy import FileCopy
from emo_grpc.shared.domain.errors import Unavailable

KEY = BlobKey.new()
LAYOUT = FileLayout(3000, 1000)


class Source:
    """Gives nothing but zeros; from part 2 on an error, or after the next step of the test."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.is_slow = is_slow
        self.asked = threading.Event()
        self.answer = threading.Event()

    def read(self, part_number: int, offset: int, length: int) -> memoryview:
        del offset
        if part_number == 1:
            return memoryview(bytes(length))
        if not self.is_slow:
            raise Unavailable("the file store does not answer (Input/output error)")
        self.asked.set()
        self.answer.wait(10)
        return memoryview(bytes(length))

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def target() -> MemoryBlobStore:
    return MemoryBlobStore()


@pytest.fixture
async def copy(target: MemoryBlobStore) -> AsyncIterator[FileCopy]:
    with ThreadPoolExecutor(2) as threads:
        yield FileCopy(target, threads)


async def unfinished(store: MemoryBlobStore) -> int:
    return len([found async for found in store.list_unfinished()])


async def test_a_part_that_cannot_be_read_is_one_file_less(copy: FileCopy, target: MemoryBlobStore) -> None:
    """A disk that fails in one place makes that file unreadable, not the store unavailable; nothing of it is left."""
    copied: list[int] = []
    with pytest.raises(StoredFileCorrupt, match="part 2 can't be read"):
        await copy.copy(KEY, Source(), LAYOUT, 3, copied.append)
    assert copied == [1000]
    assert await unfinished(target) == 0


async def test_who_is_cancelled_waits_for_the_part_under_way(copy: FileCopy, target: MemoryBlobStore) -> None:
    """The upload is dropped after its last part has come, so none can come later and stay."""
    source = Source(is_slow=True)
    copying = asyncio.create_task(copy.copy(KEY, source, LAYOUT, 3, lambda _: None))
    await asyncio.to_thread(source.asked.wait, 10)
    copying.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await unfinished(target) == 1
    source.answer.set()
    with pytest.raises(asyncio.CancelledError):
        await copying
    assert await unfinished(target) == 0
