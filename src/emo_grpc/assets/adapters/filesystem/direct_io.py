"""Reading and writing around the page cache: open(2), O_DIRECT.

That takes no memory, which matters where memory that was free for long is slow to touch again, as on virtual machines:
writing takes a third of the time there (docs/adr/0004 has the figures of reading).
"""

import errno
import os
from pathlib import Path
from typing import Final

from emo_grpc.assets.adapters.filesystem.regular_files import open_regular

DIRECT: Final = getattr(os, "O_DIRECT", 0)  # Linux has it
ALIGNMENT: Final = 4096
"""What nearly every device takes: whole blocks, at whole blocks, to and from whole pages."""

NOT_OPEN: Final = -1


def open_to_write(path: Path) -> int:
    """Open a file that exists; NOT_OPEN if the system, or the file system, does not know how.

    Raises StoredFileCorrupt if it is no regular file, OSError.
    """
    if not DIRECT:
        return NOT_OPEN
    try:
        return open_regular(path, os.O_WRONLY | DIRECT)
    except OSError as error:
        if error.errno == errno.EINVAL:  # the file system does not know it
            return NOT_OPEN
        raise


def read_file(path: str, offset: int, length: int, memory: memoryview, *, around_cache: bool) -> tuple[int, memoryview]:
    """Read up to `length` bytes of a file at any `offset`; fewer at its end. Gives its size too.

    `memory` begins at a page and has room for all blocks of 4096 bytes that hold some of these. The result lies in it.
    Raises StoredFileCorrupt if it is no regular file, OSError.
    """
    if around_cache and DIRECT:
        try:
            return _read(path, DIRECT, offset, length, memory)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the file system does not know it, or its blocks are larger
                raise
    return _read(path, 0, offset, length, memory)


def _read(path: str, flags: int, offset: int, length: int, memory: memoryview) -> tuple[int, memoryview]:
    start = offset % ALIGNMENT
    end = start + length
    blocks = memory[: -(-end // ALIGNMENT) * ALIGNMENT]
    file = open_regular(path, os.O_RDONLY | flags)
    try:
        size = os.fstat(file).st_size
        count = os.preadv(file, (blocks,), offset - start)
    finally:
        os.close(file)
    return size, memory[start : min(end, count)]
