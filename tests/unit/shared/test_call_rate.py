"""Calls of one user a second."""

from datetime import timedelta

import pytest

from emo_grpc.shared.domain.call_errors import RateLimited
from emo_grpc.shared.entrypoints.admission.call_rate import BURST_SECONDS, REMEMBERED, SECOND_NS, CallRate

PER_SECOND = 5
BURST = PER_SECOND * BURST_SECONDS


class Seconds:
    """A clock that goes by hand."""

    now = 1000.0

    def __call__(self) -> int:
        return round(self.now * SECOND_NS)


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def rate(clock: Seconds) -> CallRate:
    return CallRate(PER_SECOND, clock)


def taken(rate: CallRate, user: str = "ann") -> int:
    """How many calls are let through at this moment."""
    for count in range(10 * BURST):
        try:
            rate.take(user)
        except RateLimited:
            return count
    raise AssertionError("calls without end")


def test_a_burst_and_then_as_many_as_time_goes_by(rate: CallRate, clock: Seconds) -> None:
    """After a quiet while a user may make all calls of ten seconds, then the rate's; others have their own."""
    assert taken(rate) == BURST
    assert taken(rate, "bob") == BURST
    clock.now += 1
    assert taken(rate) == PER_SECOND
    clock.now += 3600
    assert taken(rate) == BURST


def test_says_how_long_to_wait(rate: CallRate, clock: Seconds) -> None:
    """Then the next call is good, however often it was tried before."""
    taken(rate)
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            rate.take("ann")
    assert caught.value.retry_after == timedelta(seconds=1 / PER_SECOND, microseconds=1)
    clock.now += 1 / PER_SECOND
    rate.take("ann")


def test_a_call_that_costs_more_than_is_left(rate: CallRate, clock: Seconds) -> None:
    """It is let through, and who made it waits until time has paid for it; what is left otherwise goes down by it."""
    rate.charge("ann", 3)
    assert taken(rate) == BURST - 3
    rate.charge("ann", 4 * PER_SECOND)
    clock.now += 4
    assert taken(rate) == 0
    clock.now += 1
    assert taken(rate) == PER_SECOND
    assert taken(rate, "bob") == BURST


def test_who_was_quiet_is_forgotten(rate: CallRate, clock: Seconds) -> None:
    """However many users there ever were, only those of the last seconds are kept."""
    for number in range(20 * REMEMBERED):
        rate.take(f"user {number}")
        clock.now += 0.01
    assert rate.remembered <= 2 * REMEMBERED
