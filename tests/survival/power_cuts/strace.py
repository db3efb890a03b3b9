"""What a process asks of its system, as strace(1) sees it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

CALLS: Final = (
    *("open", "openat", "openat2", "creat", "write", "pwrite64", "writev", "pwritev", "pwritev2", "io_uring_setup"),
    *("truncate", "ftruncate", "fallocate", "copy_file_range", "sendfile", "mmap"),
    *("fsync", "fdatasync", "sync", "syncfs", "sync_file_range"),
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"),
    *("unlink", "unlinkat", "mkdir", "mkdirat", "rmdir"),
)
"""Everything that changes files or makes them durable, and what tells which file a descriptor is."""

LONGEST: Final = 4 << 20
WANTED: Final = ",".join(f"?{name}" for name in CALLS)  # no processor has them all
STRACE: Final = ("strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", str(LONGEST), "-e", f"trace={WANTED}")
PATIENCE_SECONDS: Final = 300

WHOLE: Final = re.compile(rb"(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+)")
BEGUN: Final = re.compile(rb"(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
ENDED: Final = re.compile(rb"(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|0x[0-9a-f]+)")
FAILED: Final = -1


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that succeeded. It began and ended at these lines of the log; others ran meanwhile."""

    begin: int
    end: int
    name: str
    arguments: tuple[bytes, ...]
    result: int


def require_strace() -> None:
    """Skip where it is not installed or may not trace; fail in CI, which installs it."""
    refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    if shutil.which(STRACE[0]) is None:
        refuse("strace is not installed")
    done = subprocess.run([*STRACE, "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    if done.returncode:
        refuse(f"strace may not trace here: {done.stderr.strip()}")


def trace(command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
    """Run a command and log what it and its threads do. Strings are logged whole, in hexadecimal."""
    done = subprocess.run(
        [*STRACE, "-o", log, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def calls_of(log: Path) -> list[Call]:
    """All that succeeded, in the order in which they ended."""
    with log.open("rb") as lines:
        return [call for call in _parsed(lines) if call.result != FAILED]


def _parsed(lines: Iterable[bytes]) -> Iterator[Call]:
    begun: dict[bytes, tuple[int, bytes]] = {}
    for number, line in enumerate(lines):
        if found := BEGUN.match(line.rstrip()):
            begun[found[1]] = (number, found[3])
        elif found := ENDED.match(line):
            begin, arguments = begun.pop(found[1])
            yield _call(begin, number, found[2], arguments + found[3], found[4])
        elif found := WHOLE.match(line):
            yield _call(number, number, found[2], found[3], found[4])


def _call(begin: int, end: int, name: bytes, arguments: bytes, result: bytes) -> Call:
    return Call(begin, end, name.decode(), tuple(arguments.split(b", ")), int(result, 0))
