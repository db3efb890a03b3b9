"""When a supervisor starts workers, less the processes themselves: see tests/e2e/test_workers.py."""

import asyncio
import os
import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from emo_grpc.hosting.supervisor import Supervisor
from emo_grpc.hosting.worker_process import WorkerProcess
from emo_grpc.settings import CannotStart, InvalidSettings, Settings
from emo_grpc.shared.service_layer.back_off import FIRST_PAUSE, LAST_PAUSE, STEADY, BackOff

SECOND = timedelta(seconds=1)


class StubWorker:
    """Answers, and ends when it is told to."""

    pid = 1

    def __init__(self, refused: CannotStart | None = None) -> None:
        self._refused = refused
        self._over = asyncio.Event()

    async def answered(self) -> CannotStart | None:
        return self._refused

    async def ended(self) -> int:
        await self._over.wait()
        return 0

    def drain(self) -> None:
        self._over.set()


def test_who_keeps_ending_waits_longer() -> None:
    """Pauses double up to half a minute, and begin anew after a long life."""
    back_off = BackOff()
    pauses = [back_off.after(SECOND) for _ in range(12)]
    assert pauses[:4] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4, FIRST_PAUSE * 8]
    assert pauses[-2:] == [LAST_PAUSE, LAST_PAUSE]
    assert back_off.after(STEADY + SECOND) == FIRST_PAUSE
    assert back_off.after(SECOND) == FIRST_PAUSE * 2


async def test_no_room_for_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker for which the machine has no room now is tried again; nothing ends because of it."""
    tries = []

    async def start(_class: type, number: int, _settings: Settings, _held: Sequence[int], _: Path | None) -> StubWorker:
        tries.append(number)
        if len(tries) <= 2:
            raise BlockingIOError("resource temporarily unavailable")
        return StubWorker()

    monkeypatch.setattr(WorkerProcess, "start", classmethod(start))
    supervisor = Supervisor(Settings(_env_file=None, emo_workers=2), held=())
    await supervisor.run(lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert tries == [1, 1, 1, 2]


async def test_one_that_cannot_start_beside_one_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are good for the others, so it is told in the log, and the service goes on."""

    async def start(_class: type, number: int, _settings: Settings, _held: Sequence[int], _: Path | None) -> StubWorker:
        return StubWorker(InvalidSettings("no room for two") if number == 2 else None)

    monkeypatch.setattr(WorkerProcess, "start", classmethod(start))
    supervisor = Supervisor(Settings(_env_file=None, emo_workers=2), held=())
    with capture_logs() as lines:
        await supervisor.run(lambda: os.kill(os.getpid(), signal.SIGTERM))
    told = {(line["worker"], line["event"]) for line in lines}
    assert told == {(1, "a worker answers"), (2, "a worker can't start")}
