"""What a server took of the machine's memory."""

import re
from pathlib import Path

import psutil

from e2e.server_process import ServerProcess

MIB = 1 << 20


def peak_memory(server: ServerProcess) -> int:
    """The most bytes that it ever had at once; where the system does not tell, those that it has now."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else psutil.Process(server.process.pid).memory_info().rss
