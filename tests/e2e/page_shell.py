"""Runs the steps of a page as a person would: in one shell, at a terminal."""

import os
import pty
import re
import signal
import socket
import subprocess
import termios
import threading
import tty
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e.walkthrough import Command, Script, Step

PATIENCE_SECONDS = 240.0
COLUMNS = 120
PORT = re.compile(r"\b(localhost|127\.0\.0\.1):(500\d\d)\b")
MARK = "\x1e"
PRELUDE = f"""\
umask 022  # as people have it
mark() {{ printf '{MARK}%s\\n' "$1"; printf '{MARK}%s\\n' "$1" >&2; }}
wait_for() {{
    for _ in $(seq 400); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0; sleep 0.05; done
    echo "nobody listens on port $1" >&2
}}
serve() {{ emo serve > server.log 2>&1 & server=$!; wait_for "$port"; }}
start() {{ serve; }}
restart() {{ kill -TERM "$server"; wait "$server"; serve; }}
"""


@dataclass(frozen=True)
class Outcome:
    """What a command printed, standard output first, and its exit code."""

    lines: tuple[str, ...]
    code: int


class PageShell:
    """One bash over a folder. Addresses of the page become free ports; everything it starts ends with it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._ports: dict[str, int] = {}

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """One outcome for each step."""
        script = self._folder / ".page.sh"
        script.write_text(
            PRELUDE + f"port={self._free_port('50051')}\n" + "".join(map(self._bash, steps, range(len(steps))))
        )
        output, complaints = self._run(script)
        return [
            Outcome((*_said(output, number), *_said(complaints, number)), _code(output, number))
            for number in range(len(steps))
        ]

    def local(self, text: str) -> str:
        """The text with the ports of this run."""
        return PORT.sub(lambda found: f"{found[1]}:{self._free_port(found[2])}", text)

    def _bash(self, step: Step, number: int) -> str:
        if isinstance(step, Script):
            (self._folder / step.name).write_text(self.local(step.text))
            return self._marked(":", number)
        if isinstance(step, Command):
            return self._marked(self.local(step.text) + self._settled(step), number)
        return self._marked(step.action, number)

    def _settled(self, command: Command) -> str:
        """What a person does without saying so: waits until a server listens, or what was killed is gone."""
        found = re.search(r"EMO_LISTEN=(\S+)", self.local(command.text))
        if found and command.text.endswith("&"):
            return f"\nwait_for {found[1].rpartition(':')[2]}"
        return '\nwait "$!" 2>/dev/null' if "kill -9" in command.text else ""

    @staticmethod
    def _marked(text: str, number: int) -> str:
        return f"mark begin-{number}\n{text}\nmark end-{number}-$?\n"

    def _free_port(self, port: str) -> int:
        if port not in self._ports:
            with socket.create_server(("127.0.0.1", 0)) as listening:
                self._ports[port] = listening.getsockname()[1]
        return self._ports[port]

    def _run(self, script: Path) -> tuple[str, str]:
        terminal, inner = pty.openpty()
        tty.setraw(inner)
        termios.tcsetwinsize(inner, (50, COLUMNS))
        received = bytearray()
        reader = threading.Thread(target=_read_all, args=(terminal, received))
        errors = self._folder / ".page.errors"
        with errors.open("wb") as complaints:
            process = subprocess.Popen(
                ["bash", str(script)],
                cwd=self._folder,
                env={**os.environ, **self._environment, "EMO_SERVER": self.local("localhost:50051")}
                | {"EMO_LISTEN": self.local("127.0.0.1:50051"), "COLUMNS": str(COLUMNS)},
                stdin=subprocess.DEVNULL,
                stdout=inner,
                stderr=complaints,
                start_new_session=True,
            )
        os.close(inner)
        reader.start()
        try:
            process.wait(PATIENCE_SECONDS)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # what the page left running, or all of it
            process.wait()
            reader.join()
            os.close(terminal)
        return received.decode(), errors.read_text()


def _read_all(terminal: int, received: bytearray) -> None:
    try:
        while data := os.read(terminal, 65536):
            received += data
    except OSError:  # how Linux says that nobody has the other end any more
        return


def _said(text: str, number: int) -> list[str]:
    begin, end = f"{MARK}begin-{number}\n", f"{MARK}end-{number}-"
    return text.partition(begin)[2].partition(end)[0].splitlines()


def _code(text: str, number: int) -> int:
    found = re.search(f"{MARK}end-{number}-(\\d+)\n", text)
    assert found, "the shell did not come to its end"
    return int(found[1])
