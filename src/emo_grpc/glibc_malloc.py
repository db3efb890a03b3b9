"""Tells glibc's malloc what to do with freed blocks: see mallopt(3)."""

import ctypes
import sys
from collections.abc import Mapping
from enum import IntEnum


class MallocOption(IntEnum):
    """As malloc.h of glibc numbers them; all values are bytes, but for ARENA_MAX."""

    TRIM_THRESHOLD = -1
    TOP_PAD = -2
    MMAP_THRESHOLD = -3
    ARENA_MAX = -8


def set_malloc_options(options: Mapping[MallocOption, int]) -> None:
    """Set them for this process; where there is no glibc, nothing is done."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in options.items():
            mallopt(int(option), value)
