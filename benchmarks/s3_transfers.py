"""Upload and download of 512 MiB through emo on S3, in turns with boto3 straight to the same S3."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.client import load, token
from benchmarks.result import Result, at_least, beside
from benchmarks.servers import emo_server
from benchmarks.shared_engines import SharedEngines

SIZE = 512 << 20
MEGABYTE = 1e6
REFERENCE = "boto3 straight to S3"
Pair = tuple[float, float]
"""Up and down, MB/s."""


def measure(folder: Path, engines: SharedEngines, rounds: int) -> list[Result]:
    """MB/s of one stream with chunks of 1 MiB; and the same server on its embedded engines, in the same rounds.

    With a plain client, and on S3 with a settled one too.
    """
    with (
        emo_server(folder / "on-s3", **engines.settings()) as on_s3,
        emo_server(folder / "embedded") as embedded,
    ):
        far = {"target": on_s3.target, "token": token(on_s3.target)}
        near = {"target": embedded.target, "token": token(embedded.target)}
        clients = [{**far, "settled": False}, {**far, "settled": True}, {**near, "settled": False}]
        direct: list[Pair] = []
        through: list[list[Pair]] = [[] for _ in clients]
        for number in range(rounds):
            direct.append(_direct(engines, f"bench-{number}"))
            for speeds, client in zip(through, clients, strict=True):
                speeds.append(_through(client))
    return _results(direct, *through)


def _results(direct: list[Pair], on_s3: list[Pair], settled: list[Pair], embedded: list[Pair]) -> list[Result]:
    results = []
    for index, way in enumerate(("upload", "download")):
        reference, far, far_settled, near = (
            [pair[index] for pair in pairs] for pairs in (direct, on_s3, settled, embedded)
        )
        name = f"{way} of 512 MiB"
        results.append(at_least("S3", f"{name} on S3", "MB/s", far, reference, 0.7, 0.95, REFERENCE))
        results.append(beside("S3", f"{name} on S3, settled client", "MB/s", far_settled, reference, REFERENCE))
        results.append(beside("S3", f"{name} on a folder", "MB/s", near, reference, REFERENCE))
    return results


def _through(client: dict[str, Any]) -> Pair:
    up = load("upload", size=SIZE, **client)
    asset_id = up["asset_ids"][0]
    down = load("download", asset_id=asset_id, length=SIZE, **client)
    load("delete", asset_id=asset_id, **client)
    return SIZE / MEGABYTE / up["seconds"], SIZE / MEGABYTE / down["seconds"]


def _direct(engines: SharedEngines, key: str) -> Pair:
    where = {
        "url": engines.s3_url,
        "access": engines.s3_access,
        "secret": engines.s3_secret,
        "bucket": engines.s3_bucket,
        "key": key,
        "size": SIZE,
    }
    up, down = (_run({"action": action, **where}) for action in ("upload", "download"))
    return SIZE / MEGABYTE / up, SIZE / MEGABYTE / down


def _run(given: dict[str, Any]) -> float:
    command = [sys.executable, "-m", "benchmarks.s3_load", json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the client failed:\n{done.stderr}")
    return float(json.loads(done.stdout)["seconds"])
