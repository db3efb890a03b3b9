"""Time to the first byte."""

from pathlib import Path

from benchmarks.client import load, token
from benchmarks.result import Result, at_most
from benchmarks.servers import emo_server

MIB = 1 << 20
GIB = 1 << 30
ROUNDS = 100


def measure(folder: Path) -> list[Result]:
    """Milliseconds from the request to the first chunk, in turns on one channel."""
    with emo_server(folder / "latency") as emo:
        access = token(emo.target)
        small = load("upload", target=emo.target, token=access, size=1024, chunk=1024)["asset_ids"][0]
        large = load("upload", target=emo.target, token=access, size=2 * GIB)["asset_ids"][0]
        requests = [
            {"asset_id": small},
            {"asset_id": large},
            {"asset_id": large, "offset": 2 * GIB - MIB, "length": MIB},
        ]
        times = load("first_bytes", target=emo.target, token=access, requests=requests, rounds=ROUNDS)["times"]
    of_small, of_large, of_end = ([second * 1000 for second in row] for row in times)
    reference = "1 KiB file"
    return [
        at_most("First byte", "of a 2 GiB file", "ms", of_large, of_small, reference, 3),
        at_most("First byte", "of the last 1 MiB of a 2 GiB file", "ms", of_end, of_small, reference, 3),
    ]
