"""Upload and download of 1 GiB against a bare server, in turns."""

from pathlib import Path

from benchmarks.client import load, token
from benchmarks.result import Result, at_least, beside
from benchmarks.servers import bare_server, emo_server

SIZE = 1 << 30
MEGABYTE = 1e6
Round = dict[str, float]


def measure(folder: Path, rounds: int) -> list[Result]:
    """MB/s of one stream with chunks of 1 MiB: with a plain client and with a settled one."""
    with bare_server() as bare, emo_server(folder / "transfers") as emo:
        servers = (bare.target, ""), (emo.target, token(emo.target))
        plain = [_round(*servers, settled=False) for _ in range(rounds)]
        settled = [_round(*servers, settled=True) for _ in range(rounds)]
    return [
        _at_least("upload of 1 GiB", plain, "up", 0.5, 1.0),
        _at_least("download of 1 GiB", plain, "down", 0.8, 1.5),
        _beside("upload of 1 GiB, settled client", settled, "up"),
        _beside("download of 1 GiB, settled client", settled, "down"),
    ]


def _round(bare: tuple[str, str], emo: tuple[str, str], *, settled: bool) -> Round:
    speeds = {}
    for name, (target, access) in (("bare", bare), ("emo", emo)):
        common = {"target": target, "token": access, "settled": settled}
        up = load("upload", size=SIZE, **common)
        asset_id = up["asset_ids"][0]
        down = load("download", asset_id=asset_id, length=SIZE, **common)
        if access:
            load("delete", asset_id=asset_id, **common)
        speeds[f"{name} up"] = SIZE / MEGABYTE / up["seconds"]
        speeds[f"{name} down"] = SIZE / MEGABYTE / down["seconds"]
    return speeds


def _at_least(name: str, rounds: list[Round], way: str, limit: float, goal: float) -> Result:
    mine, theirs = ([each[f"{who} {way}"] for each in rounds] for who in ("emo", "bare"))
    return at_least("Transfer", name, "MB/s", mine, theirs, limit, goal)


def _beside(name: str, rounds: list[Round], way: str) -> Result:
    mine, theirs = ([each[f"{who} {way}"] for each in rounds] for who in ("emo", "bare"))
    return beside("Transfer", name, "MB/s", mine, theirs)
