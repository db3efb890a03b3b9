"""Who does the blocking work of transfers."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from emo_grpc.bootstrap.blob_storage import BlobStorage
from emo_grpc.shared.adapters.started_threads import started_threads


@dataclass(frozen=True, slots=True)
class TransferThreads:
    """Those that seal, those that make parts durable, and those that read; all the same where files are at hand."""

    sealing: Executor
    storing: Executor
    reading: Executor


@contextmanager
def transfer_threads(files: BlobStorage) -> Iterator[TransferThreads]:
    """As many of each as the files want; at the end, wait for what they do.

    Those that wait for a network start when all others wait: each keeps the memory that it used once.
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
