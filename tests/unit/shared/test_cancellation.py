"""The end of background tasks."""

import asyncio

import pytest

from emo_grpc.shared.service_layer import cancellation
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait


async def test_a_task_that_takes_it_for_something_else_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that goes on after being cancelled once, as after a lost connection, is cancelled again."""
    monkeypatch.setattr(cancellation, "AGAIN_AFTER_SECONDS", 0.01)
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(asyncio.sleep(3600))]
    await asyncio.sleep(0)
    await cancel_and_wait(*tasks)
    assert all(task.done() for task in tasks)
    assert swallowed == 3


async def test_a_task_that_failed_is_over() -> None:
    """Its error is not raised here: whoever looks after the task has told it."""

    async def fail() -> None:
        raise ValueError

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await cancel_and_wait(task)
    assert isinstance(task.exception(), ValueError)
