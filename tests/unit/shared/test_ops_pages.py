"""What liveness and readiness say of the processes."""

import json
import time
from typing import Any

import pytest

from emo_grpc.hosting.ops.pages import OpsPages
from emo_grpc.hosting.ops.process_state import ANSWERS_WITHIN, LIVES_WITHIN, ProcessState
from emo_grpc.hosting.ops.process_states import ProcessStates
from emo_grpc.shared.entrypoints.ops.page import Page

WELL = {"MongoDB": True, "S3": True}


def state(engines: dict[str, bool] | None = None, *, draining: bool = False, blocked: float = 0) -> ProcessState:
    return ProcessState(WELL if engines is None else engines, draining, time.monotonic() - blocked)


def asked(path: str, *states: ProcessState | None) -> tuple[int, dict[str, Any]]:
    pages = OpsPages(lambda: states, lambda: Page(b""), {"keys": []})
    page = pages.by_path[path]()
    return page.status, json.loads(page.body)


def ready(*states: ProcessState | None) -> tuple[int, dict[str, Any]]:
    return asked("/readyz", *states)


def test_ready() -> None:
    """One process that takes calls, and reaches each engine, is enough; the others are counted."""
    assert ready(state(), None) == (
        200,
        {
            "ready": True,
            "draining": False,
            "engines": {"MongoDB": "answers", "S3": "answers"},
            "processes": {"wanted": 2, "answering": 1},
        },
    )


def test_an_engine_is_away() -> None:
    """It is named; what any process reaches is not away."""
    status, facts = ready(state({"MongoDB": False, "S3": True}), state({"MongoDB": False, "S3": False}))
    assert (status, facts["engines"]) == (503, {"MongoDB": "away", "S3": "answers"})


@pytest.mark.parametrize(
    "states",
    [
        (None, None),
        (state(draining=True),),
        (state({}),),
        (state(blocked=ANSWERS_WITHIN.total_seconds()),),
    ],
    ids=["starting", "draining", "engines not asked yet", "event loop blocked"],
)
def test_not_ready(states: tuple[ProcessState | None, ...]) -> None:
    """While it starts, drains, or takes no turn."""
    status, facts = ready(*states)
    assert (status, facts["ready"], facts["processes"]["answering"]) == (503, False, 0)


def test_draining_is_told() -> None:
    """Apart from what else may be wrong, with the engines as they were."""
    _, facts = ready(state(draining=True))
    assert (facts["draining"], facts["engines"]) == (True, {"MongoDB": "answers", "S3": "answers"})


def test_alive() -> None:
    """While it starts or drains, while engines are away, and while one loop still turns it is worth waiting."""
    stuck = state(blocked=LIVES_WITHIN.total_seconds())
    for states in [(None,), (state({"MongoDB": False}),), (state(draining=True),), (stuck, state())]:
        assert asked("/livez", *states) == (200, {"live": True})
    assert asked("/livez", stuck, None) == (503, {"live": False})


def test_a_process_that_ended_has_no_state() -> None:
    """Until the next one of its number tells something."""
    states = ProcessStates((1, 2))
    states.tell(1, state())
    states.ended(1)
    assert list(states.all()) == [None, None]


def test_all_drain_before_they_say_so() -> None:
    """A supervisor that was told to stop is not ready, whatever its workers told last or tell a moment later."""
    states = ProcessStates((1, 2))
    states.tell(1, state())
    states.drain()
    assert ready(*states.all())[0] == 503
    states.tell(2, state())
    status, facts = ready(*states.all())
    assert (status, facts["draining"], facts["processes"]["answering"]) == (503, True, 0)
