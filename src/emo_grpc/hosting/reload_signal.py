"""The signal to read anew what may have changed."""

import asyncio
import os
import signal
from typing import Final

TERMINAL: Final = "/dev/tty"
"""The terminal that a process was started from, if it has one (tty(4))."""


def reload_signal(stop: asyncio.Event) -> asyncio.Event:
    """Set by every SIGHUP; whoever acts on it clears it.

    SIGHUP says too that the terminal has gone. That sets `stop` in place of it, if the process had one and is not to
    outlive it, as with nohup(1).
    """
    reload = asyncio.Event()
    ends_with_terminal = _has_terminal() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN

    def on_hang_up() -> None:
        (stop if ends_with_terminal and not _has_terminal() else reload).set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, on_hang_up)
    return reload


def _has_terminal() -> bool:
    try:
        os.close(os.open(TERMINAL, os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
