"""How many threads there are before there is work."""

import threading

from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.bootstrap.blob_storage import BlobStorage
from emo_grpc.bootstrap.transfer_threads import transfer_threads


async def answers() -> bool:
    return True


def test_files_at_hand() -> None:
    """All do everything, and are there."""
    before = threading.active_count()
    with transfer_threads(BlobStorage(3, 1, MemoryBlobStore(), answers)) as threads:
        assert threading.active_count() == before + 3
        assert threads.sealing is threads.storing is threads.reading


def test_files_far_away() -> None:
    """Those that wait for a network come when they are needed, for each keeps the memory that it used."""
    before = threading.active_count()
    files = BlobStorage(8, 4, MemoryBlobStore(), answers, reading_threads=16, sealing_threads=2)
    with transfer_threads(files):
        assert threading.active_count() == before + 2
