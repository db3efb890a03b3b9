"""How much memory this process has."""

import os
from pathlib import Path
from typing import Final

STATM: Final = Path("/proc/self/statm")


def resident_memory() -> int:
    """Bytes that are resident: the second number of statm, see proc(5). 0 where the system has no such file."""
    try:
        pages = int(STATM.read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGESIZE")
