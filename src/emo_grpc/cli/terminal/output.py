"""The one way of all texts of the command to standard output and standard error; `console` has that of drawings."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from emo_grpc.cli.terminal.cleaning import clean, clean_json

LAYOUT: Final = "\t\n"
"""What a text may have besides what is seen."""
STANDARD_OUTPUT: Final = "standard output"
COLUMNS: Final = 80
"""Cells of a line, where nobody says how many there are."""


def is_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout is not None and sys.stdout.isatty()


def is_error_terminal() -> bool:
    """Whether a person watches standard error."""
    return sys.stderr is not None and sys.stderr.isatty()


def output_columns() -> int:
    """The cells of a line of standard output, if that is a terminal."""
    return _columns_of(sys.stdout)


def error_columns() -> int:
    """The cells of a line of standard error, if that is a terminal."""
    return _columns_of(sys.stderr)


def _columns_of(stream: TextIO) -> int:
    """Which the variable COLUMNS overrides, as for all programs (POSIX)."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or COLUMNS
    except (OSError, ValueError):
        return COLUMNS


def write_output(text: str) -> None:
    """Write text, cleaned but for tabs and line ends, to standard output. Raises OSError that names it."""
    with writing() as stream:
        stream.write(clean(text, keep=LAYOUT))
        stream.flush()


def write_json(content: object, *, indent: int | None = None) -> None:
    """Write a line, or with `indent` several, of JSON to standard output. Raises OSError that names it."""
    with writing() as stream:
        stream.write(clean_json(content, indent=indent, encoding=stream.encoding or "utf-8") + "\n")
        stream.flush()


def write_bytes(data: bytes) -> None:
    """Write a file's content, as it is, to standard output. Raises OSError that names it."""
    with writing() as stream:
        stream.buffer.write(data)


def write_error(text: str) -> None:
    """Write text, cleaned but for tabs and line ends, to standard error, if anybody can be told there."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(clean(text, keep=LAYOUT))
            sys.stderr.flush()


@contextmanager
def writing() -> Iterator[TextIO]:
    """Standard output; what fails when it is written names it, since it has no file name."""
    try:
        if sys.stdout is None:  # Python's sign of a closed one
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        yield sys.stdout
    except OSError as error:
        if error.filename is None and not isinstance(error, BrokenPipeError):
            error.filename = STANDARD_OUTPUT
        raise


def finish_output() -> None:
    """Write what is still held back. Raises OSError that names standard output."""
    if sys.stdout is not None:
        with writing() as stream:
            stream.flush()


def discard_unwritten() -> None:
    """Forget what can't be written, which Python would try once more, and tell of, at exit."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
            continue
        with suppress(AttributeError, OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def prepare_streams() -> None:
    """Let no character stop a line, and no file that is opened later take the number of a closed stream."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if isinstance(sys.stdout, io.TextIOWrapper):
        with suppress(OSError):  # it looks where the stream stands, and who writes is told soon enough
            sys.stdout.reconfigure(errors="replace")
