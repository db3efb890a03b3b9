"""Runs checks beside each other, each for so long at most."""

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from emo_grpc.preflight.finding import Check, Finding, fail
from emo_grpc.settings import CannotStart
from emo_grpc.shared.domain.errors import EmoError


@dataclass(frozen=True, slots=True)
class Checked:
    """A check with what it found. `is_over`: False when it has not answered, and is still at it."""

    check: Check
    findings: Sequence[Finding]
    is_over: bool = True


def run_checks(checks: Sequence[Check], seconds: float) -> list[Checked]:
    """Run all of them, whichever fail; gives them in their order.

    Each has a thread and a loop of its own: a system call that hangs can't be cut off, and must not hold up the others.
    """
    with _silent_logs():
        running = [_begin(check) for check in checks]
        deadline = time.monotonic() + seconds
        return [_ended(check, future, deadline, seconds) for check, future in zip(checks, running, strict=True)]


def _begin(check: Check) -> Future[Sequence[Finding]]:
    future: Future[Sequence[Finding]] = Future()

    def run() -> None:
        try:
            future.set_result(asyncio.run(_look(check)))
        except BaseException as error:  # for whoever waits
            future.set_exception(error)

    threading.Thread(target=run, name=f"check-{check.name}", daemon=True).start()
    return future


def _ended(check: Check, future: Future[Sequence[Finding]], deadline: float, seconds: float) -> Checked:
    try:
        return Checked(check, future.result(max(0.0, deadline - time.monotonic())))
    except TimeoutError:
        if future.done():  # its own
            return Checked(check, [fail("no answer in time", check.hint)])
        return Checked(check, [fail(f"no answer in {seconds:g} s", check.hint)], is_over=False)


async def _look(check: Check) -> Sequence[Finding]:
    try:
        found = check.look()
        return await found if isinstance(found, Coroutine) else found
    except CannotStart as error:
        return [fail(str(error), check.hint)]
    except EmoError as error:
        return [fail(error.message, check.hint)]
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return [fail(f"{where}{error.strerror or type(error).__name__}", check.hint)]
    except Exception as error:  # the others are shown all the same; its text may have a secret in it
        return [fail(f"this could not be looked at: {type(error).__name__}", check.hint)]


@contextmanager
def _silent_logs() -> Iterator[None]:
    """What a server would log of these faults is what the findings say."""
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[_drop])
    logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(processors=before)


def _drop(_logger: object, _method: str, _event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    raise structlog.DropEvent
