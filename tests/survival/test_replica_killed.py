"""A replica, or a worker, dies in the middle of twenty uploads."""

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from balancer import balancing
from e2e.server_process import COMMAND, ServerProcess
from emo_grpc.client import EmoClient
from s3_server import S3Server
from survival.figures import Figures, Row
from survival.replicas import SharedEngines
from survival.scale import SCALE
from survival.uploaders import MIB, SIZE, UPLOADS, Uploaders

HASTY = Path(__file__).with_name("hasty_emo.py")

Pair = tuple[ServerProcess, ServerProcess]


@pytest.fixture
def replicas(mongod_url: str, s3: S3Server, tmp_path: Path) -> Iterator[Pair]:
    """Two, on one database and one bucket that nobody else uses."""
    engines = SharedEngines(mongod_url, f"emo-{secrets.token_hex(4)}", s3.new_bucket(), s3.url)
    command = (COMMAND,) if SCALE.is_long else (sys.executable, str(HASTY))
    pair = [ServerProcess(tmp_path / name, engines.environment, command=command) for name in ("a", "b")]
    try:
        for replica in pair:
            replica.start()
        yield pair[0], pair[1]
    finally:
        for replica in pair:
            replica.kill()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[ServerProcess]:
    """Two, on engines of their own."""
    made = ServerProcess(tmp_path / "server", {"EMO_WORKERS": "2"})
    try:
        made.start()
        yield made
    finally:
        made.kill()


async def test_behind_a_balancer(replicas: Pair, figures: Figures) -> None:
    """All uploads go on at the other replica, over the one address that the client knows, and no byte is another."""
    async with (
        balancing(*(each.address for each in replicas)) as balancer,
        EmoClient.connect(balancer.address) as client,
    ):
        uploaders = Uploaders(client)

        def crash() -> None:
            max(replicas, key=lambda each: balancer.connections_to(each.address)).kill()

        seconds = await uploaders.run(crash)
        assert await uploaders.damaged() == []
    assert len(uploaders.interrupted) > UPLOADS / 2
    assert any(each.starts[-1] for each in uploaders.interrupted)
    figures.add(row(10, "kill -9 of the replica that has all uploads, behind a TCP balancer", uploaders, seconds))


@pytest.mark.skipif(not SCALE.is_long, reason="much the same as behind a balancer: see make test-survival")
async def test_with_both_addresses(replicas: Pair, figures: Figures) -> None:
    """Uploads that a dead replica had go on at the other one, the others go on as they were."""
    async with EmoClient.connect(",".join(each.address for each in replicas)) as client:
        uploaders = Uploaders(client)

        def crash() -> None:
            replicas[0].kill()

        seconds = await uploaders.run(crash)
        assert await uploaders.damaged() == []
    assert uploaders.interrupted
    figures.add(row(11, "kill -9 of one of two replicas that the client knows", uploaders, seconds))


async def test_a_worker(workers: ServerProcess, figures: Figures) -> None:
    """All uploads of a dead worker go on at the other one of the same server."""
    async with EmoClient.connect(workers.address) as client:
        uploaders = Uploaders(client)

        def crash() -> None:
            busy_worker(workers).kill()

        seconds = await uploaders.run(crash)
        assert await uploaders.damaged() == []
    assert len(uploaders.interrupted) > UPLOADS / 2
    assert any(each.starts[-1] for each in uploaders.interrupted)
    figures.add(row(12, "kill -9 of the worker that has all uploads (SQLite, folder)", uploaders, seconds))


def busy_worker(server: ServerProcess) -> psutil.Process:
    """The one that has the client's connection."""
    assert server.process is not None

    def connections(worker: psutil.Process) -> int:
        return sum(each.status == psutil.CONN_ESTABLISHED for each in worker.net_connections("tcp"))

    return max(psutil.Process(server.process.pid).children(recursive=True), key=connections)


def row(place: int, done: str, uploaders: Uploaders, seconds: float) -> Row:
    again = sum(each.again for each in uploaders.interrupted) / MIB
    return Row(
        place=place,
        done=done,
        often=f"once, under {UPLOADS} uploads of {SIZE // MIB} MiB",
        seen=f"with `emo_grpc.client`: nothing; {len(uploaders.interrupted)} uploads went on at the other one,"
        f" {again:.0f} MiB were sent twice",
        back=f"{seconds:.1f} s until the last of them sent again",
        lost=f"0 of {UPLOADS * SIZE // MIB} MiB",
    )
