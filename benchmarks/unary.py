"""Unary calls a second, from h2load."""

import re
import shutil
import struct
import subprocess
from pathlib import Path

from benchmarks.client import load, token
from benchmarks.result import Result, at_least
from benchmarks.servers import bare_server, emo_server
from emo.assets.v1 import assets_pb2 as pb

CALLS = 20_000
CONNECTIONS = 8
STREAMS = 16


def measure(folder: Path, rounds: int) -> list[Result]:
    """GetAsset with authentication on SQLite, in turns with a bare unary method; nothing without h2load."""
    if shutil.which("h2load") is None:
        print("unary calls: skipped, for h2load is missing (Debian: apt-get install nghttp2-client)")
        return []
    mine, bare_calls = [], []
    with bare_server() as bare, emo_server(folder / "unary") as emo:
        access = token(emo.target)
        asset_id = load("upload", target=emo.target, token=access, size=1024, chunk=1024)["asset_ids"][0]
        body = folder / "GetAsset.bin"
        message = pb.GetAssetRequest(asset_id=asset_id).SerializeToString()
        body.write_bytes(struct.pack(">BI", 0, len(message)) + message)
        for _ in range(rounds):
            bare_calls.append(_calls_a_second(bare.target, access, body))
            mine.append(_calls_a_second(emo.target, access, body))
    return [at_least("Unary", "GetAsset on SQLite", "calls/s", mine, bare_calls, 0.4, 0.7)]


def _calls_a_second(target: str, access: str, body: Path) -> float:
    command = ["h2load", "-n", str(CALLS), "-c", str(CONNECTIONS), "-m", str(STREAMS), "-d", str(body)]
    headers = ["content-type: application/grpc", "te: trailers", f"authorization: Bearer {access}"]
    for header in headers:
        command += ["-H", header]
    command.append(f"http://{target}/emo.assets.v1.AssetsService/GetAsset")
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answered, speed = re.search(r"(\d+) succeeded", output), re.search(r"([\d.]+) req/s", output)
    if answered is None or speed is None or int(answered[1]) != CALLS:
        raise RuntimeError(f"not every call was answered:\n{output}")
    return float(speed[1])
