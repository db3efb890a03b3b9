"""A worker, as its supervisor sees it."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum, auto
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from emo_grpc.hosting.ops.process_state import ProcessState
from emo_grpc.settings import CannotStart, Settings


class Order(Enum):
    """What a supervisor tells its workers."""

    DRAIN = auto()
    RELOAD = auto()


class WorkerProcess:
    """A process of `emo_grpc.hosting.worker`, and the supervisor's end of the pipe to it.

    It is of a process group of its own, so that Ctrl-C in a terminal reaches only the supervisor.
    """

    def __init__(self, process: asyncio.subprocess.Process, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe
        self.pid = process.pid

    @classmethod
    async def start(cls, number: int, settings: Settings, held: Sequence[int], metrics: Path | None = None) -> Self:
        """Start worker `number`, with the settings of its supervisor even if `.env` has changed since.

        `held` are descriptors that stay open as long as it lives. `metrics`: the folder where it keeps them.
        """
        ours, theirs = Pipe()
        with theirs:
            # -P: Python imports nothing from the folder where the server was started.
            command = (sys.executable, "-P", "-m", "emo_grpc.hosting.worker", str(theirs.fileno()))
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, pass_fds=(theirs.fileno(), *held), process_group=0
            )
        worker = cls(process, ours)
        worker._send((number, settings, metrics))
        return worker

    async def answered(self) -> CannotStart | None:
        """Wait until it answers calls (None) or says why it can't start. Raises EOFError when it does neither."""
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        loop.add_reader(self._pipe, readable.set_result, None)
        try:
            await readable
        finally:
            loop.remove_reader(self._pipe)
        try:
            message = self._pipe.recv()
        except ConnectionResetError as error:  # it ended before it had read the settings
            raise EOFError from error
        return message if isinstance(message, CannotStart) else None

    def follow(self, tell: Callable[[ProcessState], None]) -> None:
        """Call `tell` with what it tells of itself, from its answer to its end."""
        asyncio.get_running_loop().add_reader(self._pipe, self._receive, tell)

    def _receive(self, tell: Callable[[ProcessState], None]) -> None:
        try:
            tell(self._pipe.recv())
        except (EOFError, OSError):  # it ends, which `ended` reports
            asyncio.get_running_loop().remove_reader(self._pipe)

    async def ended(self) -> int:
        """Wait for its end; gives its exit code, or the negative number of the signal that killed it."""
        code = await self._process.wait()
        if not self._pipe.closed:
            asyncio.get_running_loop().remove_reader(self._pipe)
            self._pipe.close()
        return code

    def drain(self) -> None:
        """Tell it to drain and end."""
        self._send(Order.DRAIN)

    def reload(self) -> None:
        """Tell it to read the certificates anew."""
        self._send(Order.RELOAD)

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def _send(self, message: object) -> None:
        with suppress(OSError):  # it has just ended, which `ended` reports
            self._pipe.send(message)
