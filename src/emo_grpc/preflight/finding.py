"""What a check finds."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """WARN: the server runs with it, and somebody should know. FAIL: it does not start, or not all of it works."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is so, in a sentence, and what to do about it if that is anything. Neither has a secret in it."""

    result: Result
    message: str
    hint: str = ""


def ok(message: str) -> Finding:
    """All is well."""
    return Finding(Result.OK, message)


def warn(message: str, hint: str = "") -> Finding:
    """Somebody should know it."""
    return Finding(Result.WARN, message, hint)


def fail(message: str, hint: str = "") -> Finding:
    """This has to change."""
    return Finding(Result.FAIL, message, hint)


Look = Callable[[], Sequence[Finding] | Coroutine[Any, Any, Sequence[Finding]]]
"""Runs on a loop and a thread of its own, which it may block. What it raises is a failure."""


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at, by the name that people get, and what to do when looking fails."""

    name: str
    look: Look
    hint: str = ""
