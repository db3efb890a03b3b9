"""GetAsset calls from h2load."""

import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import load, token
from emo.assets.v1 import assets_pb2 as pb

SECONDS = 4
WARM_UP_SECONDS = 1
STREAMS = 16


def has_h2load() -> bool:
    """Whether it is there; tells how to get it if not."""
    if shutil.which("h2load") is not None:
        return True
    print("unary calls: skipped, for h2load is missing (Debian: apt-get install nghttp2-client)")
    return False


@dataclass(frozen=True)
class GetAsset:
    """The call that asks a server for an asset which is there; `body` is the file with its bytes."""

    token: str
    body: Path

    @classmethod
    def of_new_asset(cls, target: str, body: Path) -> "GetAsset":
        """A call of a new user with one asset."""
        access = token(target)
        asset_id = load("upload", target=target, token=access, size=1024, chunk=1024)["asset_ids"][0]
        message = pb.GetAssetRequest(asset_id=asset_id).SerializeToString()
        body.write_bytes(struct.pack(">BI", 0, len(message)) + message)
        return cls(access, body)

    def calls_a_second(self, target: str, connections: int) -> float:
        """All that are answered within some seconds over so many connections, after one to warm up."""
        command = [
            "h2load",
            "-D",
            str(SECONDS),
            "--warm-up-time",
            str(WARM_UP_SECONDS),
            "-c",
            str(connections),
            "-m",
            str(STREAMS),
        ]
        command += ["-d", str(self.body)]
        headers = ["content-type: application/grpc", "te: trailers", f"authorization: Bearer {self.token}"]
        for header in headers:
            command += ["-H", header]
        command.append(f"http://{target}/emo.assets.v1.AssetsService/GetAsset")
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        lost, speed = (
            re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", output),
            re.search(r"([\d.]+) req/s", output),
        )
        if lost is None or speed is None or any(map(int, lost.groups())):
            raise RuntimeError(f"not every call was answered:\n{output}")
        return float(speed[1])
