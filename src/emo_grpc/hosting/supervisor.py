"""Supervises several workers on one port."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.hosting.banner import announce
from emo_grpc.hosting.folder_lock import own_folder
from emo_grpc.hosting.reload_signal import reload_signal
from emo_grpc.hosting.reserved_port import reserved_port
from emo_grpc.hosting.stop_signal import stop_signal
from emo_grpc.hosting.worker_process import WorkerProcess
from emo_grpc.settings import CannotStart, Settings
from emo_grpc.shared.entrypoints.logs.log_format import configure_logging
from emo_grpc.shared.entrypoints.logs.redaction import log_uncaught
from emo_grpc.shared.service_layer.back_off import BackOff

if TYPE_CHECKING:  # prometheus-client takes long to import
    from emo_grpc.hosting.ops.listening import WorkersWatched

END_WITHIN: Final = timedelta(seconds=30)
"""More than a server takes to drain, and less than the 40 seconds that service managers are told to wait."""


def supervise(settings: Settings) -> None:
    """Run EMO_WORKERS workers on one port until a signal comes; raises CannotStart.

    This process opens no engine and does not load gRPC: what crashes a worker can't crash it.
    """
    os.umask(0o077)
    configure_logging(settings)
    log_uncaught()
    with (
        own_folder(settings) as lock,
        reserved_port(settings.emo_listen) as address,
        _watched(settings) as watched,
    ):
        filled = fill_secrets(settings)
        shared = filled.settings.model_copy(update={"emo_listen": address})
        supervisor = Supervisor(shared, held=() if lock is None else (lock,), watched=watched)
        asyncio.run(supervisor.run(lambda: announce(filled, address, watched.address if watched else "")))


def _watched(settings: Settings) -> "AbstractContextManager[WorkersWatched | None]":
    if not settings.emo_ops_listen:
        return nullcontext()
    from emo_grpc.hosting.ops.listening import watched_workers  # noqa: PLC0415 - prometheus-client takes long to import

    return watched_workers(settings)


class Supervisor:
    """Keeps workers running. `held`: descriptors for each of them, see WorkerProcess. `watched`: told of them."""

    def __init__(self, settings: Settings, held: tuple[int, ...], watched: "WorkersWatched | None" = None) -> None:
        self._settings = settings
        self._held = held
        self._watched = watched
        self._running: set[WorkerProcess] = set()
        self._one_answered = False
        self._log = structlog.get_logger("emo")

    async def run(self, all_answer: Callable[[], None]) -> None:
        """Keep EMO_WORKERS of them until a signal, then drain them; raises a CannotStart from before any answered.

        The first one starts alone: it makes missing tables and indexes, and if it can't start, that is said once.
        """
        self._stop = stop_signal(before_end=self._kill)
        beside = (asyncio.create_task(self._drain_at_stop()), asyncio.create_task(self._pass_on_reloads()))
        try:
            async with asyncio.TaskGroup() as group:
                await self._keep_all(group)
                if not self._stop.is_set():
                    all_answer()
        except ExceptionGroup as failures:
            refused, others = failures.split(CannotStart)
            if refused is None or others:
                raise
            raise refused.exceptions[0] from None
        finally:
            for task in beside:
                task.cancel()

    async def _keep_all(self, group: asyncio.TaskGroup) -> None:
        """Start all; returns when each has answered, or could not start beside one that had."""
        all_answers = []
        for number in range(1, self._settings.emo_workers + 1):
            answers = asyncio.Event()
            group.create_task(self._keep(number, answers))
            all_answers.append(answers)
            await all_answers[0].wait()
        for answers in all_answers:
            await answers.wait()

    async def _keep(self, number: int, answers: asyncio.Event) -> None:
        """Run worker `number`, and start it again when it ends. After one that ended soon, wait longer."""
        back_off = BackOff()
        try:
            while not self._stop.is_set():
                begin = time.monotonic()
                await self._run_one(number, answers)
                pause = back_off.after(timedelta(seconds=time.monotonic() - begin))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause.total_seconds())
        finally:
            answers.set()

    async def _run_one(self, number: int, answers: asyncio.Event) -> None:
        try:
            metrics = self._watched.folder if self._watched else None
            worker = await WorkerProcess.start(number, self._settings, self._held, metrics)
        except OSError as error:  # the system has no resources for one more process now
            self._log.error("a worker can't be started", worker=number, error=str(error))
            return
        log = self._log.bind(worker=number, pid=worker.pid)
        self._running.add(worker)
        try:
            if self._stop.is_set():
                worker.drain()
            with suppress(EOFError):
                self._note(await worker.answered(), log)
                answers.set()
                if self._watched:
                    worker.follow(partial(self._watched.states.tell, number))
            code = await worker.ended()
        finally:
            worker.drain()  # for when it has not ended
            await worker.ended()
            self._running.discard(worker)
            if self._watched:
                self._watched.ended(number)
        if not self._stop.is_set():
            log.error("a worker ended, and is replaced", exit_code=code)

    async def _drain_at_stop(self) -> None:
        await self._stop.wait()
        if self._watched:
            self._watched.states.drain()
        for worker in self._running:
            worker.drain()
        await asyncio.sleep(END_WITHIN.total_seconds())
        self._kill()

    async def _pass_on_reloads(self) -> None:
        asked = reload_signal(self._stop)
        while True:
            await asked.wait()
            asked.clear()
            for worker in self._running:
                worker.reload()

    def _kill(self) -> None:
        for worker in self._running:
            worker.kill()

    def _note(self, refused: CannotStart | None, log: structlog.typing.FilteringBoundLogger) -> None:
        """Log what a worker answered. Raises its CannotStart if no worker could ever start."""
        if refused is None:
            self._one_answered = True
            log.info("a worker answers")
        elif self._one_answered:
            log.error("a worker can't start", error=str(refused))
        else:
            raise refused
