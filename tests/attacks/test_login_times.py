"""What a stranger could learn from how long a login or a registration takes."""

import statistics
import time

import grpc
import pytest

from attacks.bystander import make_stub
from attacks.scale import SCALE
from e2e.server_process import ServerProcess
from emo.users.v1 import users_pb2

ACCOUNTS, FAILURES_OF_EACH = 5, 8
"""Fewer failures than after which an account, or an address with all of them, is told to wait."""
OWNERS, REGISTRATIONS_OF_EACH = 4, 5
"""As above: an address is registered with so often."""
MOST_APART = 0.25
"""Of the median. Whoever computes no hash for a name that is not there is a hundred times as fast."""
PASSWORD = "correct horse"


@pytest.mark.skipif(not SCALE.is_long, reason="measures times, on a machine at rest: see make test-attacks")
def test_unknown_names_take_as_long(server: ServerProcess) -> None:
    """A wrong password for a name that nobody has is refused as slowly as for one that somebody has."""
    known, unknown = [], []
    with grpc.insecure_channel(server.address) as channel:
        for number in range(ACCOUNTS):
            _register(channel, f"known{number}")
        for round_ in range(FAILURES_OF_EACH):
            for number in range(ACCOUNTS):
                known.append(_seconds(channel, f"known{number}"))
                unknown.append(_seconds(channel, f"unknown{number}x{round_}"))
    medians = statistics.median(known), statistics.median(unknown)
    assert max(medians) - min(medians) < MOST_APART * min(medians), medians


@pytest.mark.skipif(not SCALE.is_long, reason="measures times, on a machine at rest: see make test-attacks")
def test_known_addresses_take_as_long(server: ServerProcess) -> None:
    """A registration with an address that has an account is answered as slowly as with one that has none."""
    known, unknown = [], []
    with grpc.insecure_channel(server.address) as channel:
        for owner in range(OWNERS):
            _register(channel, f"owner{owner}")
            for number in range(REGISTRATIONS_OF_EACH):
                known.append(_register(channel, f"again{owner}x{number}", f"owner{owner}@example.org"))
                unknown.append(_register(channel, f"new{owner}x{number}"))
    medians = statistics.median(known), statistics.median(unknown)
    assert max(medians) - min(medians) < MOST_APART * min(medians), medians


def _register(channel: grpc.Channel, name: str, email: str = "") -> float:
    request = users_pb2.RegisterUserRequest(username=name, email=email or f"{name}@example.org", password=PASSWORD)
    began = time.perf_counter()
    make_stub(channel).RegisterUser(request)
    return time.perf_counter() - began


def _seconds(channel: grpc.Channel, name: str) -> float:
    request = users_pb2.LoginRequest(username=name, password="wrong horse")
    began = time.perf_counter()
    with pytest.raises(grpc.RpcError) as caught:
        make_stub(channel).Login(request)
    taken = time.perf_counter() - began
    assert isinstance(caught.value, grpc.Call)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    return taken
