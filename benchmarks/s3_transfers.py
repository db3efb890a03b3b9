"""Upload and download of 512 MiB through emo on S3, in turns with boto3 straight to the same S3."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.client import load, run_client
from benchmarks.result import Result, at_least, beside, noted
from benchmarks.servers import ServerProcess, emo_server
from benchmarks.shared_engines import SharedEngines

SIZE = 512 << 20
MEGABYTE = 1e6
REFERENCE = "boto3 straight to S3"
WAYS = ("upload", "download")


Measured = dict[str, dict[str, Any]]
"""What the client process of an upload measured, and that of a download: by their names."""


def measure(folder: Path, engines: SharedEngines, rounds: int) -> list[Result]:
    """One stream with chunks of 1 MiB; and the same server on its embedded engines, in the same rounds.

    boto3's own transfers are held against those of EmoClient, library against library. The generated stubs alone stand
    beside them: they check nothing, and leave the memory of their messages to glibc's defaults. Each deletes its file;
    who goes first changes from round to round, for an S3 still has work with what was deleted.
    """
    with (
        emo_server(folder / "on-s3", **engines.settings()) as on_s3,
        emo_server(folder / "embedded") as embedded,
    ):
        far_user, near_user = (load("login", target=server.target) for server in (on_s3, embedded))
        contenders: list[Callable[[], Measured]] = [
            lambda: _direct(engines),
            lambda: _through(on_s3, far_user),
            lambda: _through_stubs(on_s3, far_user),
            lambda: _through(embedded, near_user),
        ]
        measured: list[list[Measured]] = [[] for _ in contenders]
        for number in range(rounds):
            for turn in range(len(contenders)):
                index = (number + turn) % len(contenders)
                measured[index].append(contenders[index]())
    return [result for way in WAYS for result in _results(way, *measured)]


def _results(
    way: str, direct: list[Measured], through: list[Measured], stubs: list[Measured], near: list[Measured]
) -> list[Result]:
    reference, mine, bare, on_folder = (
        [SIZE / MEGABYTE / measured[way]["seconds"] for measured in rows] for rows in (direct, through, stubs, near)
    )
    name = f"{way} of 512 MiB"
    return [
        at_least("S3", f"{name} on S3", "MB/s", mine, reference, 0.7, 0.95, REFERENCE),
        at_least("S3", f"{name} on S3, generated stubs", "MB/s", bare, reference, 0.7, 0.95, REFERENCE),
        beside("S3", f"{name} on a folder", "MB/s", on_folder, reference, REFERENCE),
        noted("S3", f"in use during the {way} on S3", "cores", [measured[way]["cores"] for measured in through]),
    ]


def _through(server: ServerProcess, user: dict[str, str]) -> Measured:
    who = {"target": server.target, "username": user["username"], "size": SIZE}
    up = run_client("emo_load", {"action": "upload", **who})
    down = run_client("emo_load", {"action": "download", "asset_id": up["asset_id"], **who})
    load("delete", target=server.target, token=user["token"], asset_id=up["asset_id"])
    return {"upload": up, "download": down}


def _through_stubs(server: ServerProcess, user: dict[str, str]) -> Measured:
    who = {"target": server.target, "token": user["token"]}
    up = load("upload", size=SIZE, **who)
    asset_id = up["asset_ids"][0]
    down = load("download", asset_id=asset_id, length=SIZE, **who)
    load("delete", asset_id=asset_id, **who)
    return {"upload": up, "download": down}


def _direct(engines: SharedEngines) -> Measured:
    where = {
        "url": engines.s3_url,
        "access": engines.s3_access,
        "secret": engines.s3_secret,
        "bucket": engines.s3_bucket,
        "key": "benchmark",
        "size": SIZE,
    }
    measured = {way: run_client("s3_load", {"action": way, **where}) for way in WAYS}
    run_client("s3_load", {"action": "delete", **where})
    return measured
