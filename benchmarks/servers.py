"""Server processes under measurement."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

START_SECONDS = 30
KEEPS_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""mallopt(3)."""
VOLUNTARY = re.compile(r"^voluntary_ctxt_switches:\s+(\d+)$", re.MULTILINE)


@dataclass
class ServerProcess:
    """A server that answers at `target`."""

    target: str
    process: subprocess.Popen[bytes]
    folder: Path | None = None

    def resident_bytes(self) -> int:
        """Memory of the server now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def processor_seconds(self) -> float:
        """What the server and its workers have used of processors so far, by themselves and in the system."""
        return sum(sum(each.cpu_times()[:2]) for each in self._processes())

    def waits(self) -> int:
        """How often one of their threads gave up its processor so far, to wait for something (Linux)."""
        statuses = (path for each in self._processes() for path in Path(f"/proc/{each.pid}/task").glob("*/status"))
        return sum(int(VOLUNTARY.findall(path.read_text(encoding="utf-8"))[0]) for path in statuses)

    def _processes(self) -> list[psutil.Process]:
        server = psutil.Process(self.process.pid)
        return [server, *server.children(recursive=True)]

    @contextlib.contextmanager
    def watch_memory(self) -> Iterator["MemoryWatch"]:
        """Sample the memory every 10 ms."""
        watch = MemoryWatch(self, self.resident_bytes())
        thread = threading.Thread(target=watch.run)
        thread.start()
        try:
            yield watch
        finally:
            watch.ended.set()
            thread.join()


@dataclass
class MemoryWatch:
    """Resident bytes at the begin and at the peak."""

    server: ServerProcess
    begin: int
    peak: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.ended.wait(0.01):
            self.peak = max(self.peak, self.server.resident_bytes())

    @property
    def growth(self) -> int:
        return max(0, self.peak - self.begin)


@contextlib.contextmanager
def emo_server(folder: Path, cuts: Iterable[str] = (), **settings: str) -> Iterator[ServerProcess]:
    """`emo serve` on embedded engines in `folder`, without what benchmarks.cost.cuts can leave out."""
    port = free_port()
    environment = os.environ | {
        "EMO_LISTEN": f"127.0.0.1:{port}",
        "DATA_FOLDER": str(folder),
        "USER_STORAGE_MB": "1000000",
        "USER_CALLS_PER_SECOND": "1000000",
        "LOG_LEVEL": "warning",
        **settings,
    }
    command = [
        sys.executable,
        "-m",
        *(("benchmarks.cost.cut_server", ",".join(cuts)) if cuts else ("emo_grpc", "serve")),
    ]
    with _running(command, environment, port, folder, int(environment.get("EMO_WORKERS", "1"))) as server:
        yield server


@contextlib.contextmanager
def bare_server(answer: Path | None = None, *, keeps_memory: bool = False) -> Iterator[ServerProcess]:
    """The reference; `answer` is a file with the GetAssetResponse that it gives.

    With `keeps_memory` its glibc keeps what is freed, as emo's does.
    """
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare_server", str(port), *([str(answer)] if answer else [])]
    with _running(command, os.environ | (KEEPS_MEMORY if keeps_memory else {}), port, None) as server:
        yield server


@contextlib.contextmanager
def raw_server() -> Iterator[ServerProcess]:
    """The reference of downloads that do nothing."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.cost.raw_server", str(port)]
    with _running(command, dict(os.environ), port, None) as server:
        yield server


@contextlib.contextmanager
def bare_mongo_server(url: str, database: str) -> Iterator[ServerProcess]:
    """The reference of look-ups on MongoDB."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare_mongo_server", str(port), url, database]
    with _running(command, dict(os.environ), port, None) as server:
        yield server


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def _running(
    command: list[str], environment: dict[str, str], port: int, folder: Path | None, listeners: int = 1
) -> Iterator[ServerProcess]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process, listeners)
        yield ServerProcess(f"127.0.0.1:{port}", process, folder)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], listeners: int) -> None:
    """Until so many processes listen: the system gives a connection for good to one of those that do by then."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if len(_listening(port)) >= listeners:
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def _listening(port: int) -> set[int | None]:
    """Ids of the processes that listen there."""
    sockets = psutil.net_connections("tcp4") + psutil.net_connections("tcp6")
    return {
        each.pid for each in sockets if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port
    }
