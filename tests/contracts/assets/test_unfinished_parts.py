"""What every store keeps that lets the parts of an unfinished upload be read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import HEADER_SIZE, FileLayout
from emo_grpc.assets.service_layer.ports import PartReceipt
from sinks import write

KEY = BlobKey.new()
LAYOUT = FileLayout(1000, 1000)
STORED = LAYOUT.stored_part_size(1)

Store = FilesystemBlobStore | MemoryBlobStore


@pytest.fixture(params=["memory", "filesystem"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryBlobStore()
        return
    made = FilesystemBlobStore(tmp_path)
    yield made
    made.close()


def put(store: Store, handle: str, data: bytes) -> PartReceipt:
    sink = store.open_part(KEY, handle, 1, 1)
    write(sink, data)
    return PartReceipt(1, sink.commit())


async def test_reads_the_version_of_the_receipt(store: Store) -> None:
    """Of two versions of a part, that one is read whose receipt is given; the upload is there afterwards."""
    handle = await store.begin(KEY)
    versions = [bytes([number]) * STORED for number in (1, 2)]
    receipts = [put(store, handle, data) for data in versions]
    for receipt, data in zip(receipts, versions, strict=True):
        reader = store.open_unfinished(KEY, handle, [receipt], LAYOUT)
        assert bytes(reader.read(1, HEADER_SIZE, 100)) == data[HEADER_SIZE:][:100]
        reader.close()
    assert await store.is_unfinished(KEY, handle)


async def test_tells_what_is_missing_or_of_another_size(store: Store) -> None:
    """An unknown upload, a part without a receipt, and one that is too short are each found out."""
    handle = await store.begin(KEY)
    short = put(store, handle, bytes(STORED - 1))
    reader = store.open_unfinished(KEY, handle, [short], LAYOUT)
    with pytest.raises(StoredFileCorrupt):
        reader.read(1, 0, 10)
    with pytest.raises(BlobNotFound):
        store.open_unfinished(KEY, handle, [], LAYOUT).read(1, 0, 10)
    await store.abort(KEY, handle)
    with pytest.raises(BlobNotFound):
        store.open_unfinished(KEY, handle, [short], LAYOUT).read(1, 0, 10)
