"""Asks for passwords. They are never arguments, since others can see those."""

import os
import sys

import typer

from emo_grpc.cli.failures import Refusal


def read_password(*, from_stdin: bool, confirm: bool = False) -> str:
    """From standard input, EMO_PASSWORD, or a hidden prompt; raises Refusal when there is nobody to ask."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if "EMO_PASSWORD" in os.environ:
        return os.environ["EMO_PASSWORD"]
    if not sys.stdin.isatty():
        raise Refusal("there is no terminal to ask for the password: use --password-stdin or EMO_PASSWORD")
    # Who has to repeat it chooses it; the server has the last word on what is good enough.
    question = "Password (at least 8 characters)" if confirm else "Password"
    answer: str = typer.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True)
    return answer


def ask(question: str, given: str | None) -> str:
    """What was given, or the answer of the person at the terminal."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise Refusal(f"{question.lower()} is missing")
    answer: str = typer.prompt(question, err=True)
    return answer
