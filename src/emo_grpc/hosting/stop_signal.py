"""Signals that end a process."""

import asyncio
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def stop_signal(before_end: Callable[[], None] = lambda: None) -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT. The second one ends the process at once, as a power cut would.

    `before_end` is called just before that.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end(number: int, _: FrameType | None) -> None:
        try:
            before_end()
        finally:
            os._exit(128 + number)

    def on_first() -> None:
        stop.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            # Not by the loop: that waits at the end for threads, which may wait for a network.
            signal.signal(number, end)

    for number in SIGNALS:
        loop.add_signal_handler(number, on_first)
    return stop
