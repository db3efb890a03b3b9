"""The threads that do the blocking work of transfers."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from emo_grpc.bootstrap.blob_storage import BlobStorage
from emo_grpc.shared.adapters.started_threads import started_threads


@dataclass(frozen=True, slots=True)
class TransferThreads:
    """Threads that seal, store parts, and read files; where files are in a folder, the same ones do all three."""

    sealing: Executor
    storing: Executor
    reading: Executor


@contextmanager
def transfer_threads(files: BlobStorage) -> Iterator[TransferThreads]:
    """As many of each as the blob storage asks for; at the end, wait for what they do.

    Threads that wait for a network are started only when all others are busy: each keeps the memory that it once used.
    """
    if not files.sealing_threads:
        with started_threads(files.threads, "transfer") as threads:
            yield TransferThreads(threads, threads, threads)
        return
    with (
        started_threads(files.sealing_threads, "sealing") as sealing,
        ThreadPoolExecutor(files.threads, "transfer") as storing,
        ThreadPoolExecutor(files.reading_threads, "download") as reading,
    ):
        yield TransferThreads(sealing, storing, reading)
