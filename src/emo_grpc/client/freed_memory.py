"""Keeps the memory that chunks come and go through."""

import os
from functools import cache
from typing import Final

from emo_grpc.glibc_malloc import MallocOption, set_malloc_options

KEPT_BYTES: Final = 8 << 20
"""Of each of malloc's arenas: room for a chunk in every form it takes on its way."""


@cache
def keep_freed_memory() -> None:
    """Tell glibc to keep this much, unless the environment tells it something else (mallopt(3)).

    By default it hands freed chunks back to the kernel, which costs a download from S3 a sixth of its speed.
    """
    if not any(name.startswith("MALLOC_") for name in os.environ) and "glibc.malloc." not in os.environ.get(
        "GLIBC_TUNABLES", ""
    ):
        set_malloc_options({MallocOption.MMAP_THRESHOLD: KEPT_BYTES, MallocOption.TRIM_THRESHOLD: KEPT_BYTES})
