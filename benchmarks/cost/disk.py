"""What the disk itself takes, asked in the way in which emo writes."""

import mmap
import os
import time
from pathlib import Path

PART = 8 << 20
WRITE = 1 << 20


def seconds_to_write(folder: Path, size: int) -> float:
    """Write so many bytes around the page cache, in files of 8 MiB that are each made durable; removes them."""
    paths = [folder / f"disk-{number}" for number in range(size // PART)]
    with mmap.mmap(-1, WRITE) as buffer:
        buffer.write(os.urandom(WRITE))
        begin = time.perf_counter()
        for path in paths:
            _write(path, buffer)
        seconds = time.perf_counter() - begin
    for path in paths:
        path.unlink()
    return seconds


def _write(path: Path, buffer: mmap.mmap) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_DIRECT)
    try:
        for offset in range(0, PART, WRITE):
            if os.pwrite(file, buffer, offset) != WRITE:
                raise RuntimeError("the disk took less than a whole write")
        os.fdatasync(file)
    finally:
        os.close(file)
