"""Who does the blocking work of transfers."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from emo_grpc.bootstrap.files import Files
from emo_grpc.shared.adapters.started_threads import started_threads


@dataclass(frozen=True, slots=True)
class TransferThreads:
    """Those that seal, those that make parts durable, and those that read; all the same where files are at hand."""

    sealing: Executor
    storing: Executor
    reading: Executor


@contextmanager
def transfer_threads(files: Files) -> Iterator[TransferThreads]:
    """As many of each as the files want; at the end, wait for what they do."""
    with ExitStack() as stack:

        def pool(count: int, name: str) -> Executor:
            return stack.enter_context(started_threads(count, name))

        storing = pool(files.threads, "transfer")
        yield TransferThreads(
            sealing=pool(files.sealing_threads, "sealing") if files.sealing_threads else storing,
            storing=storing,
            reading=pool(files.reading_threads, "download") if files.reading_threads else storing,
        )
