"""The real server, in a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from waiting import PATIENCE_SECONDS, wait_until

COMMAND = str(Path(sys.executable).with_name("emo"))
# As people read it, and in JSON.
LISTENING = re.compile(r'listening on\s+127\.0\.0\.1:(\d+).*grpcurl|"address":"127\.0\.0\.1:(\d+)"', re.DOTALL)


@contextmanager
def running_server(folder: Path, environment: Mapping[str, str]) -> Iterator["ServerProcess"]:
    """One for the block, killed at its end."""
    made = ServerProcess(folder, environment)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@dataclass
class ServerProcess:
    """`emo serve` over one data folder, on a free port that it keeps when it is started again.

    `command`: what stands for `emo`.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    command: Sequence[str] = (COMMAND,)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "EMO_LISTEN": self.address,
            "DATA_FOLDER": str(self.folder / "data"),
            "LOG_LEVEL": "warning",
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*self.command, "serve"], env={**os.environ, **settings}, cwd=self.folder, stdout=log, stderr=log
            )
        self.port = self._announced_port()

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As an operator would; gives the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def _announced_port(self) -> int:
        assert self.process is not None
        has_ended = self.process.poll
        wait_until(lambda: self._announced() or has_ended() is not None, shown=self.log.read_text)
        found = self._announced()
        assert found, f"the server did not start: {self.log.read_text()}"
        return int(found[1] or found[2])

    def _announced(self) -> re.Match[str] | None:
        return LISTENING.search(self.log.read_text())
