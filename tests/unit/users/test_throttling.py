"""How long a guesser waits."""

from datetime import UTC, datetime, timedelta

import pytest

from emo_grpc.users.domain.errors import LoginThrottled
from emo_grpc.users.domain.throttling import PEER_LIMIT, WINDOW, ThrottleKey, count_attempt, take_back

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ANA = ThrottleKey.account("ana")


def test_failures_are_forgotten_after_a_window() -> None:
    """A few failures an hour never add up."""
    known, now = None, NOW
    for _ in range(50):
        known = count_attempt(known, ANA, now)
        now += WINDOW / 9
    assert known is not None
    assert known.blocked_until is None


def test_waits_grow_to_a_limit() -> None:
    """Each failure after the tenth doubles the wait, up to a quarter of an hour."""
    known, now, waits = None, NOW, []
    for _ in range(40):
        known = count_attempt(known, ANA, now)
        if known.blocked_until:
            waits.append(known.blocked_until - now)
            now = known.blocked_until
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == timedelta(minutes=15)


def test_waiting_a_window_after_the_block_clears() -> None:
    """Who leaves an account alone after a block begins anew."""
    known = None
    for _ in range(10):
        known = count_attempt(known, ANA, NOW)
    assert known is not None
    with pytest.raises(LoginThrottled):
        count_attempt(known, ANA, NOW)
    assert count_attempt(known, ANA, known.forget_time).count == 1


@pytest.mark.parametrize(
    ("key", "guesses"),
    [(ANA, 10), (ThrottleKey.familiar("ana", "192.0.2.1"), 10), (ThrottleKey.peer("192.0.2.1"), 100)],
)
def test_how_many_guesses_are_free(key: ThrottleKey, guesses: int) -> None:
    """As the page on security says: ten of an account, a hundred of an address."""
    known = None
    for _ in range(guesses):
        known = count_attempt(known, key, NOW)
    with pytest.raises(LoginThrottled):
        count_attempt(known, key, NOW)


def test_a_success_opens_a_peer_again() -> None:
    """The attempt that filled up a peer's limit, and was a success, blocks nobody."""
    peer, known = ThrottleKey.peer("192.0.2.1"), None
    for _ in range(PEER_LIMIT):
        known = count_attempt(known, peer, NOW)
    left = take_back(known, peer)
    assert left is not None
    assert (left.count, left.blocked_until) == (PEER_LIMIT - 1, None)
    known = count_attempt(count_attempt(left, peer, NOW), peer, NOW + timedelta(minutes=1))
    left = take_back(known, peer)
    assert left is not None
    assert left.blocked_until == known.blocked_until


def test_peers_of_ipv6_are_networks() -> None:
    """All addresses of one subscriber's /64 count together; names that are no address stand for themselves."""
    assert ThrottleKey.peer("2001:db8::1") == ThrottleKey.peer("2001:db8::ffff:1")
    assert ThrottleKey.peer("2001:db8::1") != ThrottleKey.peer("2001:db8:0:1::1")
    assert ThrottleKey.peer("192.0.2.1") != ThrottleKey.peer("192.0.2.2")
    assert ThrottleKey.peer("unix") == ThrottleKey.peer("unix")


def test_keys_hide_what_was_typed() -> None:
    """A key does not tell the name, for people type passwords into name fields."""
    assert "ana" not in ANA.digest
    assert ThrottleKey.nobody("ANA") == ThrottleKey.nobody("ana")


def test_keys_of_different_kinds_never_meet() -> None:
    """What is counted of an account at the login, by its owner, from one address or for a name is counted apart."""
    keys = [
        ThrottleKey.account("ana"),
        ThrottleKey.nobody("ana"),
        ThrottleKey.caller("ana"),
        ThrottleKey.request("ana"),
        ThrottleKey.peer("ana"),
        ThrottleKey.familiar("ana", "192.0.2.1"),
        ThrottleKey.familiar("ana", "192.0.2.2"),
        ThrottleKey.familiar("ben", "192.0.2.1"),
    ]
    assert len({key.digest for key in keys}) == len(keys)
    assert ThrottleKey.familiar("ana", "2001:db8::1") == ThrottleKey.familiar("ana", "2001:db8::2")
