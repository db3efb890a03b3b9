"""Signals that end a process."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def stop_signal(before_end: Callable[[], None] = lambda: None) -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT. The second one ends the process at once, as a power cut would.

    `before_end` is called just before that.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            before_end()
            os._exit(128 + number)
        stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    return stop
