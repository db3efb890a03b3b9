"""Asks the person at the terminal."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from emo_grpc.cli.failures import INTERRUPTED, Refusal
from emo_grpc.cli.terminal.cleaning import clean
from emo_grpc.cli.terminal.output import error_columns, is_error_terminal, write_error
from emo_grpc.cli.terminal.printing import fitting, print_error

REPEAT: Final = "Repeat for confirmation:"


def can_ask() -> bool:
    """Whether a person can answer."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str, given: str | None, *, otherwise: str) -> str:
    """What was given, or the answer of the person at the terminal. Raises Refusal after Ctrl-C, and without a terminal.

    `otherwise`: how the command is given it, for who has none.
    """
    if given is not None:
        return given
    if not can_ask():
        raise Refusal(f"there is no terminal to ask for the {_in_a_sentence(question)}: {otherwise}")
    with _interruptible():
        answer: str = typer.prompt(_fitting(f"{clean(question)}:"), prompt_suffix=" ", err=True)
    return answer


def _in_a_sentence(question: str) -> str:
    return question[0].lower() + question[1:]


def ask_hidden(question: str, *, twice: bool) -> str:
    """The answer, which is not shown. Raises Refusal after Ctrl-C."""
    with _interruptible():
        again = REPEAT if twice else False
        asked = _fitting(f"{clean(question)}:")
        answer: str = typer.prompt(asked, prompt_suffix=" ", hide_input=True, confirmation_prompt=again, err=True)
    return answer


def confirm(question: str, *, otherwise: str = "") -> bool:
    """Yes or no; after a no, `otherwise` is said, if there is anything to say. Raises Refusal after Ctrl-C."""
    with _interruptible():
        asked = _fitting(f"{clean(question)} [y/N]:")
        is_meant = typer.confirm(asked, show_default=False, prompt_suffix=" ", err=True)
    if otherwise and not is_meant:
        print_error(otherwise)
    return is_meant


def _fitting(question: str) -> str:
    return fitting(question, error_columns()) if is_error_terminal() else question


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the question: asyncio's own handler only cancels the task, and that waits for the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except typer.Abort:
        write_error("\n")  # the question's line is still open
        raise Refusal("interrupted", INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGINT, before)
