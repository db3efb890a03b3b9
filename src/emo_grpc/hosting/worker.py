"""One of several servers on a port: `python -m emo_grpc.hosting.worker FD`, which only its supervisor starts.

FD is a pipe to the supervisor. The first message from there is the worker's number, its settings, and perhaps a folder
for metrics; later ones are an Order. The worker sends None when it answers calls, or the CannotStart that prevents it;
with such a folder, its ProcessState follows every second. When the pipe breaks, the supervisor is dead, and the worker
ends at once.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emo_grpc.hosting.stop_signal import SIGNALS
from emo_grpc.hosting.worker_process import Order
from emo_grpc.settings import CannotStart, Settings
from emo_grpc.shared.entrypoints.logs.log_format import configure_logging
from emo_grpc.shared.entrypoints.logs.redaction import log_uncaught

if TYPE_CHECKING:
    from emo_grpc.hosting.ops.vitals import Vitals

CANNOT_START_EXIT: Final = 1
ORPHANED_EXIT: Final = 2


def main() -> None:
    """Serve until the supervisor says drain, or a signal comes."""
    pipe = Connection(int(sys.argv[1]))
    try:
        number, settings, metrics = pipe.recv()
    except (EOFError, OSError):
        sys.exit(ORPHANED_EXIT)
    configure_logging(settings, number)
    log_uncaught()
    from emo_grpc.hosting.running import run_process  # noqa: PLC0415 - what its imports have to say is for the log

    try:
        run_process(settings, _serve(settings, pipe, _vitals(metrics, number, pipe)), number)
    except CannotStart as error:
        pipe.send(error)
        sys.exit(CANNOT_START_EXIT)


def _vitals(metrics: Path | None, number: int, pipe: Connection) -> "Vitals | None":
    if metrics is None:
        return None
    from emo_grpc.hosting.ops.vitals import vitals_in_files  # noqa: PLC0415 - prometheus-client takes long to import

    return vitals_in_files(metrics, number, pipe.send)


async def _serve(settings: Settings, pipe: Connection, vitals: "Vitals | None") -> None:
    stop, reload, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()
    orders = {Order.DRAIN: stop, Order.RELOAD: reload}
    threading.Thread(target=_listen, args=(pipe, loop, orders), name="supervisor-pipe", daemon=True).start()
    for number in SIGNALS:  # a service manager may send them to all processes of a service
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    from emo_grpc.hosting.running import serve  # noqa: PLC0415 - as above

    await serve(settings, stop, reload, lambda _filled, _address: pipe.send(None), vitals)


def _listen(pipe: Connection, loop: asyncio.AbstractEventLoop, orders: Mapping[Order, asyncio.Event]) -> None:
    try:
        while True:
            order = orders[pipe.recv()]
            with suppress(RuntimeError):  # the loop is closed: it ends already
                loop.call_soon_threadsafe(order.set)
    except (EOFError, OSError):
        os._exit(ORPHANED_EXIT)


if __name__ == "__main__":
    main()
