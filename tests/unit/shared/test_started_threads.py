"""Pools whose threads are there from the start."""

import threading
from collections.abc import Callable

import pytest

from emo_grpc.shared.adapters.started_threads import started_threads


def test_all_are_there() -> None:
    """Work never waits for a thread to start, nor fails for want of one."""
    before = threading.active_count()
    with started_threads(3, "started"):
        assert threading.active_count() == before + 3


def test_too_few_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system has no more, it says so, and the first ones are gone."""
    before = threading.active_count()
    start: Callable[[threading.Thread], None] = threading.Thread.start

    def start_two(thread: threading.Thread) -> None:
        if threading.active_count() == before + 2:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    with pytest.raises(RuntimeError, match="new thread"):
        started_threads(3, "started")
    assert threading.active_count() == before
