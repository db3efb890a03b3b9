"""What a blob store gives the assets context."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from emo_grpc.assets.service_layer.ports import BlobStore

BUSY_THREADS: Final = 2 + (os.cpu_count() or 1)
"""Those that compute: a few more than cores, for some of them wait for the disk."""


@dataclass(frozen=True, slots=True)
class Files:
    """A blob store.

    `threads`: how many it keeps busy at a time; `parts_under_way`: how many parts of one upload. `reading_threads`: how
    many downloads have to themselves, each one that waits for a network; 0: none, for they wait for a disk at most.
    `sealing_threads`: the same for what is sealed meanwhile. `answers` raises or gives False when the store is away.
    """

    threads: int
    parts_under_way: int
    blobs: BlobStore
    answers: Callable[[], Awaitable[bool]]
    reading_threads: int = 0
    sealing_threads: int = 0
