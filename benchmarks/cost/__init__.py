"""What a byte and a call cost the server, with a client that does not hide it."""

import tempfile
from pathlib import Path

from benchmarks.cost import calls, rows
from benchmarks.result import Result

IN_MEMORY = Path("/dev/shm")


def measure(folder: Path, rounds: int) -> list[Result]:
    """Of transfers and of GetAsset, in turns with bare servers; `folder` lies on the disk."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=IN_MEMORY) as name:
        memory = Path(name)
        return [*rows.measure(folder, memory, rounds), *calls.measure(folder, memory, rounds)]
