"""How much the server's memory grows."""

from pathlib import Path

from benchmarks.client import load, token
from benchmarks.result import Result, below
from benchmarks.servers import emo_server

MIB = 1 << 20
GIB = 1 << 30


def measure(folder: Path, where: str = "", **settings: str) -> list[Result]:
    """Peak resident memory above that of a server that has just begun, MiB."""
    with emo_server(folder / "memory-up", **settings) as emo:
        access = token(emo.target)
        with emo.watch_memory() as up:
            asset_id = load("upload", target=emo.target, token=access, size=2 * GIB)["asset_ids"][0]
    with emo_server(folder / "memory-up", **settings) as emo:
        token(emo.target)  # a login's hash takes memory of its own, that stays
        with emo.watch_memory() as down:
            load("download", target=emo.target, token=access, asset_id=asset_id)
    with emo_server(folder / "memory-many", **settings) as emo:
        access = token(emo.target)
        with emo.watch_memory() as many:
            load("upload", target=emo.target, token=access, size=64 * MIB, streams=64)
    return [
        below("Memory", f"growth during a 2 GiB upload{where}", "MiB", [up.growth / MIB], 64),
        below("Memory", f"growth during a 2 GiB download{where}", "MiB", [down.growth / MIB], 64),
        below("Memory", f"growth during 64 uploads of 64 MiB at once{where}", "MiB", [many.growth / MIB], 400),
    ]
