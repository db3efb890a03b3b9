"""How long a guesser waits."""

from datetime import UTC, datetime, timedelta

import pytest

from emo_grpc.users.domain.errors import LoginThrottled
from emo_grpc.users.domain.throttling import (
    NETWORK_LIMIT,
    SHARE_LIMIT,
    SHARES,
    WINDOW,
    Entrance,
    ThrottleKey,
    count_attempt,
    take_back,
)

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
    [
        (ANA, 10),
        (ThrottleKey.familiar("ana", "192.0.2.1"), 10),
        (ThrottleKey.network("192.0.2.1"), 100),
        (ThrottleKey.share("192.0.2.1"), 500),
        *((ThrottleKey.at(entrance, "ana", "192.0.2.1")[0], 5) for entrance in list(Entrance)[1:4]),
        *((ThrottleKey.at(entrance, "ana", "192.0.2.1")[0], 10) for entrance in list(Entrance)[::4]),
        *((ThrottleKey.at(entrance, "ana", "192.0.2.1")[1], 100) for entrance in Entrance),
        *((ThrottleKey.at(entrance, "ana", "192.0.2.1")[2], 500) for entrance in Entrance),
    ],
)
def test_how_many_guesses_are_free(key: ThrottleKey, guesses: int) -> None:
    """As the page on security says: ten of an account, a hundred of a network, 500 of each share of all."""
    known = None
    for _ in range(guesses):
        known = count_attempt(known, key, NOW)
    with pytest.raises(LoginThrottled):
        count_attempt(known, key, NOW)


def test_a_success_opens_a_peer_again() -> None:
    """The attempt that filled up a peer's limit, and was a success, blocks nobody."""
    peer, known = ThrottleKey.network("192.0.2.1"), None
    for _ in range(NETWORK_LIMIT):
        known = count_attempt(known, peer, NOW)
    left = take_back(known, peer)
    assert left is not None
    assert (left.count, left.blocked_until) == (NETWORK_LIMIT - 1, None)
    known = count_attempt(count_attempt(left, peer, NOW), peer, NOW + timedelta(minutes=1))
    left = take_back(known, peer)
    assert left is not None
    assert left.blocked_until == known.blocked_until


def test_in_all_no_wait_grows() -> None:
    """A flood from everywhere leaves one attempt a second to each share of the networks."""
    key, known, now = ThrottleKey.share("192.0.2.1"), None, NOW
    for number in range(SHARE_LIMIT + 50):
        known = count_attempt(known, key, now)
        assert (known.blocked_until is None) == (number < SHARE_LIMIT - 1)
        now = known.blocked_until or now
    assert now - NOW == timedelta(seconds=51)


def test_shares_are_of_all_networks() -> None:
    """A network has always the same share, and all of them have about as many networks."""
    shares = [ThrottleKey.share(f"192.{high}.{low}.1").digest for high in range(32) for low in range(32)]
    assert ThrottleKey.share("192.0.2.1") == ThrottleKey.share("192.0.2.254")
    assert len(set(shares)) == SHARES
    assert max(shares.count(share) for share in set(shares)) < 2 * len(shares) / SHARES


def test_networks() -> None:
    """A /24 of IPv4, mapped or not, and a /56 of IPv6 count together; what is no address stands for itself."""
    assert ThrottleKey.network("2001:db8::1") == ThrottleKey.network("2001:db8:0:ff:ffff::1")
    assert ThrottleKey.network("2001:db8::1") != ThrottleKey.network("2001:db8:0:100::1")
    assert ThrottleKey.network("192.0.2.1") == ThrottleKey.network("192.0.2.254")
    assert ThrottleKey.network("192.0.2.1") == ThrottleKey.network("::ffff:192.0.2.9")
    assert ThrottleKey.network("192.0.2.1") != ThrottleKey.network("192.0.3.1")
    assert ThrottleKey.network("unix") == ThrottleKey.network("unix")


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
        ThrottleKey.network("ana"),
        ThrottleKey.familiar("ana", "192.0.2.1"),
        ThrottleKey.familiar("ana", "192.0.2.2"),
        ThrottleKey.familiar("ben", "192.0.2.1"),
        ThrottleKey.share("ana"),
        *(key for entrance in Entrance for key in ThrottleKey.at(entrance, "ana", "ana")),
    ]
    assert len({key.digest for key in keys}) == len(keys)
    assert ThrottleKey.familiar("ana", "2001:db8::1") == ThrottleKey.familiar("ana", "2001:db8::2")
    assert ThrottleKey.familiar("ana", "2001:db8::1") != ThrottleKey.familiar("ana", "2001:db8:0:1::1")
