"""Real servers on shared engines."""

import base64
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from e2e.server_process import COMMAND, ServerProcess
from emo_grpc.assets.adapters.s3.bucket import S3Location
from waiting import PATIENCE_SECONDS, wait_until

SHIFTED = Path(__file__).with_name("shifted_emo.py")
SECRETS = {
    "JWT_SECRET_KEY": "5a" * 32,
    "DATA_KEY_ENCRYPTION_KEY": base64.b64encode(bytes(range(32))).decode(),
}


@dataclass(frozen=True, slots=True)
class SharedEngines:
    """Where the metadata and the files are. `s3_url` may be another way to the same S3."""

    mongodb_url: str
    database: str
    bucket: S3Location
    s3_url: str

    @property
    def environment(self) -> dict[str, str]:
        """For a server on them."""
        return SECRETS | {
            "TRUSTED_PROXIES": "127.0.0.0/8",
            "MONGODB_URL": self.mongodb_url,
            "MONGODB_DATABASE": self.database,
            "ASSET_S3_BUCKET": self.bucket.bucket,
            "ASSET_S3_URL": self.s3_url,
            "ASSET_S3_REGION": self.bucket.region or "",
            "ASSET_S3_ACCESS": self.bucket.access_key or "",
            "ASSET_S3_SECRET": self.bucket.secret_key or "",
        }


@contextmanager
def running_replica(
    folder: Path, engines: SharedEngines, environment: Mapping[str, str] | None = None, *, clock_ahead: float = 0
) -> Iterator[ServerProcess]:
    """One `emo serve`, its clock so many seconds ahead of this machine's."""
    command = (sys.executable, str(SHIFTED), str(clock_ahead)) if clock_ahead else (COMMAND,)
    replica = ServerProcess(folder, engines.environment | dict(environment or {}), command=command)
    try:
        replica.start()
        yield replica
    finally:
        if replica.process is not None:
            replica.kill()


@contextmanager
def running_replicas(folder: Path, engines: SharedEngines, count: int) -> Iterator[list[ServerProcess]]:
    """Several, started at the same moment."""
    replicas = [ServerProcess(folder / f"replica-{number}", engines.environment) for number in range(count)]
    try:
        with ThreadPoolExecutor(count) as starters:
            list(starters.map(ServerProcess.start, replicas))
        yield replicas
    finally:
        for replica in replicas:
            if replica.process is not None:
                replica.kill()


@contextmanager
def health_of(address: str) -> Iterator[Callable[[], str]]:
    """What a load balancer would hear: SERVING or NOT_SERVING."""
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)

        def now() -> str:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=5, wait_for_ready=True)
            return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))

        yield now


def wait_for_health(now: Callable[[], str], wanted: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until that is its health; gives the seconds that it took."""
    began = time.monotonic()
    wait_until(lambda: now() == wanted, seconds)
    return time.monotonic() - began
