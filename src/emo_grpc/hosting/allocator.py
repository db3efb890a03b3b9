"""Makes the C allocator keep freed memory, which the next large message needs again."""

import ctypes
import sys
from typing import Final

# malloc.h of glibc; see mallopt(3).
M_TRIM_THRESHOLD: Final = -1
M_TOP_PAD: Final = -2
M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8

LARGEST_KEPT: Final = 1 << 30
LARGEST_ALLOWED: Final = 32 << 20
"""What mallopt(3) says of M_MMAP_THRESHOLD on 64 bits; newer ones allow what they are asked for."""

TOP_PAD: Final = 16 << 20
ARENAS: Final = 1
"""Not one for each thread, as by default: each keeps what was freed in it, and threads take turns at most work. What a
password's hash was computed in, 64 MiB, serves transfers then; with two it was chance whether it did."""


def settle_allocator() -> None:
    """Tell glibc to keep freed blocks. Does nothing where there is another C library.

    By default it hands every block over 128 KiB back to the kernel, and the page faults of taking it again cost more
    than all that is done with a chunk.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        if not mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT):
            mallopt(M_MMAP_THRESHOLD, LARGEST_ALLOWED)
        for option, value in ((M_TRIM_THRESHOLD, LARGEST_KEPT), (M_TOP_PAD, TOP_PAD), (M_ARENA_MAX, ARENAS)):
            mallopt(option, value)
