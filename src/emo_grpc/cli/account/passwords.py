"""Reads passwords. They are never arguments, since others can see those."""

import os
import sys

from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal.questions import ask_hidden, can_ask


def read_password(*, from_stdin: bool, confirm: bool = False, question: str = "Password") -> str:
    """From standard input, EMO_PASSWORD, or a hidden prompt; raises Refusal when there is no terminal to ask at."""
    if from_stdin:
        return _read_line(question.lower())
    if given := os.environ.get("EMO_PASSWORD"):
        return given
    if not can_ask():
        raise Refusal("there is no terminal to ask for the password: use --password-stdin or EMO_PASSWORD")
    # Who has to repeat it chooses it; the server has the last word on what is good enough.
    return ask_hidden(f"{question} (at least 8 characters)" if confirm else question, twice=confirm)


def read_new_password(*, from_stdin: bool) -> str:
    """The one to change to; EMO_PASSWORD is the present one. Raises Refusal when there is no terminal to ask at."""
    if from_stdin:
        return _read_line("new password")
    if not can_ask():
        raise Refusal("there is no terminal to ask for the new password: use --password-stdin")
    return ask_hidden("New password (at least 8 characters)", twice=True)


def _read_line(what: str) -> str:
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise Refusal(f"no {what} came by standard input")
    password = line.rstrip("\r\n")
    if not password:
        raise Refusal(f"the {what} that came by standard input is empty")
    return password
