"""Keeps the memory that chunks come and go through."""

from functools import cache
from typing import Final

LARGEST_FREED: Final = 4 << 20


@cache
def keep_freed_memory() -> None:
    """Let glibc learn, before the first chunk, to keep twice this much at the top of each heap.

    It gives back all that is more than twice the largest block it has mapped and freed so far, up to 32 MiB, unless the
    program or the environment says otherwise (mallopt(3), M_MMAP_THRESHOLD): for chunks of 1 MiB that is too little,
    and costs a download from S3 a fifth of its speed. The block is never touched, so it takes no memory.
    """
    bytearray(LARGEST_FREED)
