"""Who waits longest, and whose share is whose."""

import asyncio
import socket
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.shared.entrypoints.admission import stalled_connections
from emo_grpc.shared.entrypoints.admission.peers import Balancers, Peer, peer_of
from emo_grpc.shared.entrypoints.admission.slot import Slot, WaitingCalls
from emo_grpc.shared.entrypoints.admission.stalled_connections import (
    REMEMBERED,
    STUCK_CALLS,
    ConnectionCloser,
    StuckCalls,
    hang_up,
)
from waiting import until


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ("ipv4:192.0.2.7:5001", Peer("ipv4:192.0.2.7:5001", "192.0.2.7", "192.0.2.7")),
        (
            "ipv6:%5B2001:db8:1:2:3::4%5D:5",
            Peer("ipv6:%5B2001:db8:1:2:3::4%5D:5", "2001:db8:1:2::/64", "2001:db8:1:2:3::4"),
        ),
        ("ipv6:[2001:db8:1:2::9]:5", Peer("ipv6:[2001:db8:1:2::9]:5", "2001:db8:1:2::/64", "2001:db8:1:2::9")),
        ("ipv6:%5B::ffff:192.0.2.7%5D:5", Peer("ipv6:%5B::ffff:192.0.2.7%5D:5", "192.0.2.7", "::ffff:192.0.2.7")),
        ("ipv6:%5Bfe80::1%25eth0%5D:5", Peer("ipv6:%5Bfe80::1%25eth0%5D:5", "fe80::/64", "fe80::1%eth0")),
        ("unix:", Peer("", "", "unix")),
        ("unix:/run/emo.sock", Peer("", "", "unix")),
    ],
)
def test_peers(text: str, peer: Peer) -> None:
    """A peer is an IPv4 address or a /64 network of IPv6; who has a local socket is none."""
    assert peer_of(text) == peer


def test_balancers() -> None:
    """An address within one of the networks stands for many people."""
    balancers = Balancers((ip_network("10.0.0.0/24"), ip_network("2001:db8::/64")))
    assert [balancers.have(peer_of(f"ipv4:{address}:1")) for address in ("10.0.0.9", "10.0.1.9")] == [True, False]
    assert balancers.have(peer_of("ipv6:%5B2001:db8::5%5D:1"))
    assert balancers.have(peer_of("ipv6:%5B::ffff:10.0.0.9%5D:1"))
    assert not balancers.have(peer_of("unix:"))
    assert not Balancers().have(peer_of("ipv4:10.0.0.9:1"))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.booleans()), max_size=60))
def test_waiting_calls(steps: list[tuple[str, str, bool]]) -> None:
    """Under no key wait more than its limit; who goes has waited longest under a key that was full."""
    calls, waiting, gone = WaitingCalls(), list[Slot](), list[Slot]()
    for connection, peer, leaves in steps:
        if leaves and waiting:
            waiting.pop(0).end_wait()
            continue
        slot = Slot(calls, ((connection, 2), (peer, 3), ("", 4)))
        slot.begin_wait(lambda slot=slot: gone.append(slot))  # type: ignore[misc] # a lambda's default has no type
        waiting.append(slot)
        for evicted in filter(lambda one: one.was_evicted, list(waiting)):
            shared = {key for key, _ in evicted.keys} & {key for key, _ in slot.keys}
            older = waiting[: waiting.index(evicted)]
            assert any(all(key not in dict(one.keys) for one in older) for key in shared)
            waiting.remove(evicted)
        for key, limit in (("a", 2), ("b", 2), ("c", 2), ("x", 3), ("y", 3), ("", 4)):
            assert sum(key in dict(one.keys) for one in waiting) <= limit
    assert all(slot.was_evicted for slot in gone)
    for slot in waiting:
        slot.end()
    assert len(calls) == 0


def test_shares_of_a_slot() -> None:
    """A slot holds one share at a time, and gives it back once."""
    given_back: list[str] = []
    slot = Slot(WaitingCalls())
    slot.hold(lambda: given_back.append("first"))
    slot.hold(lambda: given_back.append("second"))
    assert given_back == ["first"]
    slot.end()
    slot.end()
    assert given_back == ["first", "second"]


async def test_a_call_that_is_over_is_cut_off_no_more() -> None:
    """Nothing holds on to it for as long as its client might have taken for the answer."""
    cut_off: list[str] = []
    slot = Slot(WaitingCalls())
    slot.begin_wait_until_taken(0, lambda: cut_off.append("call"))
    slot.end()
    await asyncio.sleep(0.01)
    assert cut_off == []


@pytest.mark.parametrize(
    ("family", "host", "shown"),
    [(socket.AF_INET, "127.0.0.1", "ipv4:127.0.0.1"), (socket.AF_INET6, "::1", "ipv6:%5B::1%5D")],
)
def test_hanging_up(family: socket.AddressFamily, host: str, shown: str) -> None:
    """The connection of a client that took no answers too often is shut down, and no other one."""
    with socket.socket(family) as listening:
        try:
            listening.bind((host, 0))
        except OSError:
            pytest.skip("no such network here")
        listening.listen()
        address = listening.getsockname()[:2]
        with (
            socket.create_connection(address) as bad,
            listening.accept()[0] as ours,
            socket.create_connection(address) as good,
            listening.accept()[0] as other,
        ):
            stuck, peer = StuckCalls(lambda peer: hang_up([peer])), peer_of(f"{shown}:{bad.getsockname()[1]}")
            for _ in range(STUCK_CALLS - 1):
                stuck.add(peer)
            ours.sendall(b"x")
            assert bad.recv(1) == b"x"
            stuck.add(peer)
            assert bad.recv(1) == b""
            other.sendall(b"x")
            assert good.recv(1) == b"x"


async def test_connections_are_hung_up_on_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """All descriptors are looked at once for all of them."""
    scans: list[list[Peer]] = []
    monkeypatch.setattr(stalled_connections, "hang_up", lambda peers: scans.append(sorted(peers, key=str)))
    hang, peers = ConnectionCloser(), [peer_of(f"ipv4:192.0.2.7:{port}") for port in range(1, 9)]
    for peer in peers:
        hang(peer)
    await until(lambda: bool(scans))
    hang(peers[0])
    await until(lambda: len(scans) > 1)
    assert scans == [peers, peers[:1]]


def test_a_user_who_takes_no_answers() -> None:
    """Stuck answers of one user add up over all connections; those of others on the same connections do not."""
    gone: list[Peer] = []
    stuck, peers = StuckCalls(gone.append), [peer_of(f"ipv4:192.0.2.7:{port}") for port in range(1, STUCK_CALLS + 2)]
    for peer in peers:
        stuck.add(peer, "ann")
        stuck.add(peer, f"somebody at {peer.connection}")
    assert gone == peers[-2:]


def test_stuck_calls_that_are_remembered() -> None:
    """Connections that ended meanwhile are forgotten in the end, and local sockets are left alone."""
    stuck = StuckCalls(lambda peer: hang_up([peer]))
    for port in range(REMEMBERED + 9):
        stuck.add(Peer(f"ipv4:192.0.2.7:{port}", "192.0.2.7", "192.0.2.7"))
    assert stuck.remembered == REMEMBERED
    for _ in range(STUCK_CALLS):
        stuck.add(peer_of("unix:"))
    hang_up([peer_of("ipv4:192.0.2.7:1")])
