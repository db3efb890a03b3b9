"""Keeps the memory that large messages come and go through, in few places."""

from typing import Final

from emo_grpc.glibc_malloc import MallocOption, set_malloc_options

LARGEST_KEPT: Final = 1 << 30
TOP_PAD: Final = 16 << 20
ARENAS: Final = 1
"""Not one for each thread, as by default: each keeps what was freed in it, and threads take turns at most work. What a
password's hash was computed in, 64 MiB, serves transfers then; with two it was chance whether it did."""


def settle_allocator() -> None:
    """Tell glibc to keep freed blocks, where there is a glibc.

    By default it hands every block over 128 KiB back to the kernel, and the page faults of taking it again cost more
    than all that is done with a chunk.
    """
    set_malloc_options(
        {
            MallocOption.MMAP_THRESHOLD: LARGEST_KEPT,
            MallocOption.TRIM_THRESHOLD: LARGEST_KEPT,
            MallocOption.TOP_PAD: TOP_PAD,
            MallocOption.ARENA_MAX: ARENAS,
        }
    )
