"""Reading and writing around the page cache: open(2), O_DIRECT.

That takes a third of the time and no memory, which matters where memory that was free for long is slow to touch again,
as on virtual machines.
"""

import errno
import os
from pathlib import Path
from typing import Final

DIRECT: Final = getattr(os, "O_DIRECT", 0)  # Linux has it
ALIGNMENT: Final = 4096
"""What every device takes: whole blocks, at whole blocks, to and from whole pages."""

NOT_OPEN: Final = -1


def open_direct(path: str | Path, flags: int) -> int:
    """Open a file that exists; NOT_OPEN if the system, or the file system, does not know how. Raises OSError."""
    if not DIRECT:
        return NOT_OPEN
    try:
        return os.open(path, flags | os.O_CLOEXEC | DIRECT)
    except OSError as error:
        if error.errno == errno.EINVAL:  # the file system does not know it
            return NOT_OPEN
        raise


def read_blocks(file: int, offset: int, length: int, memory: memoryview) -> memoryview:
    """Read up to `length` bytes at any `offset`, with the rest of their blocks; fewer at the end of the file.

    `memory` begins at a page and has room for all these blocks. The result lies in it.
    """
    start = offset % ALIGNMENT
    end = start + length
    blocks = memory[: -(-end // ALIGNMENT) * ALIGNMENT]
    count = os.preadv(file, (blocks,), offset - start)
    return memory[start : min(end, count)]
