"""Whether the tests notice a fault."""

import enum
import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from mutants.mutant import Mutant

START: Final = 90.0
"""Seconds for a busy machine to start the tests, with what they share."""
SLOWER: Final = 10
"""How much longer than before tests may take until they count as hanging."""
NO_TEST_RAN: Final = 5
"""https://docs.pytest.org/en/stable/reference/exit-codes.html"""

OTHERS: Final = (
    *("pytest", "boto3", "cryptography", "grpc", "jwt", "pydantic_settings", "pymongo", "structlog", "typer"),
    *("emo.assets.v1.assets_pb2_grpc", "emo.users.v1.users_pb2_grpc", "mutants.trial"),
)
"""What every trial needs and none breaks is imported once; nothing of it starts threads by that."""

FORKS: Final = get_context("forkserver")
FORKS.set_forkserver_preload(list(OTHERS))


class Outcome(enum.Enum):
    """What became of a mutant."""

    NOTICED = "noticed"
    HUNG = "hung"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one trial says."""

    mutant: Mutant
    outcome: Outcome


class Bench:
    """A copy of the package, in which one mutant at a time lives. `root` is the checkout."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._root = root
        self._src = folder / "src"
        self._log = folder / "log"
        shutil.copytree(root / "src", self._src)

    def try_out(self, mutant: Mutant, tests: list[str], seconds: float) -> Verdict:
        """Break the copy, ask the tests, which took `seconds` before, and mend it. Nobody notices without a test."""
        if not tests:
            return Verdict(mutant, Outcome.SURVIVED)
        sound, broken = (source / "emo_grpc" / mutant.path for source in (self._root / "src", self._src))
        broken.write_bytes(mutant.applied_to(sound.read_bytes()))
        try:
            return Verdict(mutant, self._outcome(tests, START + SLOWER * seconds))
        finally:
            shutil.copy2(sound, broken)

    def _outcome(self, tests: list[str], limit: float) -> Outcome:
        asking = FORKS.Process(target=ask, args=(self._root, self._src, self._log, tests))
        asking.start()
        asking.join(limit)
        has_ended = asking.exitcode is not None
        _end(asking)
        if not has_ended:
            return Outcome.HUNG
        if asking.exitcode == NO_TEST_RAN:
            raise RuntimeError(self._log.read_text(encoding="utf-8"))
        return Outcome.NOTICED if asking.exitcode else Outcome.SURVIVED


def ask(root: Path, src: Path, log: Path, tests: list[str]) -> None:
    """Run the tests on the package in `src`, in a process of its own, and exit with their code."""
    import pytest  # noqa: PLC0415 - the process that hands out the trials needs none

    os.setsid()
    os.chdir(root)
    with log.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    # Bytecode is told from its source by size and second: of what is broken none must be left.
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(src), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.path.insert(0, str(src))
    sys.exit(pytest.main(["-x", "-q", "--no-header", "-n", "0", "--tb", "no", *tests]))


def _end(process: BaseProcess) -> None:
    """With all that the tests started, and a broken one may have left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
