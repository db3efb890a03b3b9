"""The server process."""

import asyncio
import os
import signal
from collections.abc import Callable

from emo_grpc.bootstrap.allocator import settle_allocator
from emo_grpc.bootstrap.announcement import announce
from emo_grpc.bootstrap.open_files import raise_open_files_limit
from emo_grpc.bootstrap.service import open_service
from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.log_format import configure_logging


def run(settings: Settings) -> None:
    """Serve until a signal says otherwise; raises CannotStart."""
    os.umask(0o077)  # what the server writes is nobody else's to read
    configure_logging(settings)
    settle_allocator()
    raise_open_files_limit()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with open_service(settings) as parts:
        server = parts.server()
        address = await server.start()
        stop = _stop_signal()
        announce(parts.filled, address)
        await stop.wait()
        await server.stop()


def _stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT. The second one ends the process at once, as a power cut would."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    return stop


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - does not exist on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop
