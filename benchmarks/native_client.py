"""The client that is written in C: it takes little of the machine, so that what is measured is the server.

Its sources are in `benchmarks/native/`. They stand on libnghttp2, and know nothing of emo: what they send was prepared.
"""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "native"
FLAGS = shlex.split("-std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror")
COMPILER = os.environ.get("CC", "cc")
MISSING = "there is no C compiler with libnghttp2: `make bench-tools` installs them (root and Debian)"


@dataclass(frozen=True)
class NativeCalls:
    """Calls of one method, whose messages stand in files, each with the prefix of five bytes that gRPC gives it.

    A call sends one of the `firsts`, which are taken in turns, then `body` so many times, then `last`.
    """

    path: str
    firsts: Sequence[Path]
    body: Path | None = None
    repeat: int = 1
    last: Path | None = None
    calls: int = 1
    at_once: int = 1
    connections: int = 1

    def arguments(self) -> Iterable[str]:
        """Of the command line."""
        yield from ("--path", self.path, "--calls", str(self.calls))
        yield from ("--at-once", str(self.at_once), "--connections", str(self.connections))
        if self.body is not None:
            yield from ("--body", str(self.body), "--repeat", str(self.repeat))
        if self.last is not None:
            yield from ("--last", str(self.last))
        yield from map(str, self.firsts)


@dataclass(frozen=True)
class Answered:
    """What calls took. `head` are the first bytes that each was answered with, up to 4 KiB of `size`."""

    seconds: float
    client_processor_seconds: float
    size: int
    head: bytes


def is_buildable() -> bool:
    """Whether there is a compiler that finds the library."""
    if shutil.which(COMPILER) is None:
        return False
    command = [COMPILER, "-E", "-include", "nghttp2/nghttp2.h", "-x", "c", os.devnull]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class NativeClient:
    """The compiled program."""

    program: Path

    @classmethod
    def built_in(cls, folder: Path) -> "NativeClient":
        """Compile it; raises RuntimeError with what the compiler says."""
        program = folder / "grpc_load"
        command = [COMPILER, *FLAGS, "-o", str(program), *map(str, sorted(SOURCES.glob("*.c"))), "-lnghttp2"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the client in C was not built:\n{done.stderr}")
        return cls(program)

    def run(self, target: str, token: str, calls: NativeCalls) -> Answered:
        """Make calls to a server on this machine, with a token or none; raises RuntimeError unless all are OK."""
        command = [str(self.program), "--port", target.rpartition(":")[2], *(["--bearer", token] if token else [])]
        done = subprocess.run([*command, *calls.arguments()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the client in C failed: {done.stderr.strip()}")
        told = json.loads(done.stdout)
        return Answered(
            told["seconds"],
            told["processor_seconds"],
            told["answer_size"],
            bytes.fromhex(told["answer_head"]),
        )
