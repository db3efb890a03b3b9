"""What a server takes of the machine's memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from e2e.server_process import ServerProcess

MIB = 1 << 20


@contextmanager
def bounded_growth(server: ServerProcess, most: int) -> Iterator[None]:
    """What is done in the block must not make the server take `most` bytes more at once than it had before."""
    assert server.process is not None
    pid = server.process.pid
    before = psutil.Process(pid).memory_info().rss
    _forget_peak(pid)
    yield
    assert _peak(pid) - before < most


def _peak(pid: int) -> int:
    """The most bytes since it was forgotten; where the system does not tell, those that it has now."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else int(psutil.Process(pid).memory_info().rss)


def _forget_peak(pid: int) -> None:
    """See /proc/PID/clear_refs in proc(5)."""
    clear = Path(f"/proc/{pid}/clear_refs")
    if clear.exists():
        clear.write_text("5")
