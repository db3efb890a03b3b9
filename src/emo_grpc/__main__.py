"""`python -m emo_grpc` and the `emo` command."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

INTERRUPTED: Final = 130


def main() -> None:
    """Run the command line."""
    with _quiet_interrupts():
        from typer.main import get_command  # noqa: PLC0415 - nothing is imported before it is run

        from emo_grpc.cli.app import app  # noqa: PLC0415 - as above

        command = get_command(app)
    command()


@contextmanager
def _quiet_interrupts() -> Iterator[None]:
    """Let Ctrl-C end the process without a word while there is nothing to undo: an import is full of places for one."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # ignored, for a command in the background
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - so handlers of signals are called
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
