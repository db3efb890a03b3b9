"""One of several servers on a port: `python -m emo_grpc.hosting.worker FD`, which only its supervisor starts.

FD is the line to it. The first message from there is the worker's number and its settings, another one means: drain.
The worker sends None when it answers, or the CannotStart that keeps it from that. When the line breaks, its supervisor
is dead, and the worker ends at once.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Final

from emo_grpc.hosting.running import run_process, serve
from emo_grpc.hosting.stop_signal import SIGNALS
from emo_grpc.settings import CannotStart, Settings

CANNOT_START_EXIT: Final = 1
ORPHANED_EXIT: Final = 2


def main() -> None:
    """Serve until told to drain, or by a signal."""
    line = Connection(int(sys.argv[1]))
    try:
        number, settings = line.recv()
    except (EOFError, OSError):
        sys.exit(ORPHANED_EXIT)
    try:
        run_process(settings, _serve(settings, line), number)
    except CannotStart as error:
        line.send(error)
        sys.exit(CANNOT_START_EXIT)


async def _serve(settings: Settings, line: Connection) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    told = partial(loop.call_soon_threadsafe, stop.set)
    threading.Thread(target=_listen, args=(line, told), name="supervisor-line", daemon=True).start()
    for number in SIGNALS:  # a service manager may send them to all processes, beside what the supervisor says
        loop.add_signal_handler(number, stop.set)
    await serve(settings, stop, lambda _filled, _address: line.send(None))


def _listen(line: Connection, told: Callable[[], object]) -> None:
    try:
        line.recv()
        with suppress(RuntimeError):  # the loop is closed: it ends already
            told()
        line.recv()
    except (EOFError, OSError):
        os._exit(ORPHANED_EXIT)


if __name__ == "__main__":
    main()
