"""Work that is done every second, whatever the event loop does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

EVERY: Final = 1.0
"""Seconds."""


@contextmanager
def ticking(work: Callable[[], None]) -> Iterator[None]:
    """Do it on a thread while the block runs, at once for the first time, and once more at the end."""
    over = threading.Event()

    def tick() -> None:
        while True:
            is_last = over.is_set()
            try:
                work()
            except Exception as error:  # the next one may go better
                structlog.get_logger("emo").error("what is shown of the server is not up to date", exc_info=error)
            if is_last:
                return
            over.wait(EVERY)

    thread = threading.Thread(target=tick, name="ops-ticker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
