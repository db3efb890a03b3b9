import fcntl
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path, PurePosixPath

import pytest

from survival.power_cuts.history import History
from survival.power_cuts.recording import Recorder
from survival.power_cuts.strace import calls_of, require_strace, trace

TESTS = Path(__file__).parents[2]
WORK = Path(__file__).with_name("recorded_work.py")
DATA = Path("srv/emo/data")
"""Below the folder that is there before."""


@dataclass(frozen=True)
class Recording:
    """What a service did for people, and the folder as it was at the end."""

    history: History
    folder: Path


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """One for all tests, made by the first process that asks for it."""
    require_strace()
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in environ:
        folder = folder.parent  # that of all processes of this run
    folder = folder / "recording"
    folder.mkdir(exist_ok=True)
    with locked(folder / "lock"):
        kept = folder / "history.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(record(folder)))
        return Recording(pickle.loads(kept.read_bytes()), folder / "disk")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def record(folder: Path) -> History:
    """Run the service on an empty folder."""
    disk, log = folder / "disk", folder / "strace.log"
    disk.mkdir()
    trace([sys.executable, WORK, disk / DATA], log, {"PYTHONPATH": str(TESTS)})
    history = Recorder(PurePosixPath(disk)).history(calls_of(log))
    log.unlink()
    return history
