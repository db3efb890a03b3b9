"""Upload and download of 1 GiB against a bare server, in turns."""

from pathlib import Path

from benchmarks.client import load, token
from benchmarks.result import Result, at_least
from benchmarks.servers import bare_server, emo_server

SIZE = 1 << 30
MEGABYTE = 1e6


def measure(folder: Path, rounds: int) -> list[Result]:
    """MB/s of one stream with chunks of 1 MiB."""
    speeds: dict[str, list[float]] = {"bare up": [], "emo up": [], "bare down": [], "emo down": []}
    with bare_server() as bare, emo_server(folder / "transfers") as emo:
        access = token(emo.target)
        for _ in range(rounds):
            bare_up = load("upload", target=bare.target, token="", size=SIZE)
            emo_up = load("upload", target=emo.target, token=access, size=SIZE)
            bare_down = load("download", target=bare.target, token="", asset_id="", length=SIZE)
            emo_down = load("download", target=emo.target, token=access, asset_id=emo_up["asset_ids"][0])
            for name, run in (
                ("bare up", bare_up),
                ("emo up", emo_up),
                ("bare down", bare_down),
                ("emo down", emo_down),
            ):
                speeds[name].append(SIZE / MEGABYTE / run["seconds"])
            load("delete", target=emo.target, token=access, asset_id=emo_up["asset_ids"][0])
    return [
        at_least("Transfer", "upload of 1 GiB", "MB/s", speeds["emo up"], speeds["bare up"], 0.5, 1.0),
        at_least("Transfer", "download of 1 GiB", "MB/s", speeds["emo down"], speeds["bare down"], 0.8, 1.5),
    ]
