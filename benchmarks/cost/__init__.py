"""What a byte and a call cost the server, with a client that does not hide it."""

import tempfile
from pathlib import Path

from benchmarks.cost import calls, rows, workers
from benchmarks.result import Result

IN_MEMORY = Path("/dev/shm")


def measure(folder: Path, rounds: int) -> list[Result]:
    """Of transfers, GetAsset, and workers, in turns with what they are held against; `folder` lies on the disk."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=IN_MEMORY) as name:
        memory = Path(name)
        return [
            *rows.measure(folder, memory, rounds),
            *calls.measure(folder, memory, rounds),
            *workers.measure(memory, rounds),
        ]
