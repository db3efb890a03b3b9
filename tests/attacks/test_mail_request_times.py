"""What a stranger could learn from how long a request for a mail takes."""

import statistics
import time

import grpc
import pytest

from attacks.bystander import make_stub
from attacks.scale import SCALE
from e2e.server_process import ServerProcess
from emo.users.v1 import users_pb2

ACCOUNTS, REQUESTS_OF_EACH = 12, 4
"""Fewer requests than after which an address, or a network with all of them, is told to wait."""
MOST_APART = 0.25
"""Of the median. Whoever mints a token for a known address, and stores it, is twice as slow."""


@pytest.mark.skipif(not SCALE.is_long, reason="measures times, on a machine at rest: see make test-attacks")
@pytest.mark.parametrize("rpc", ["RequestPasswordReset", "ResendActivation"])
def test_unknown_addresses_take_as_long(server: ServerProcess, rpc: str) -> None:
    """A request about an address that nobody has is answered as slowly as about one that somebody has."""
    known, unknown = [], []
    with grpc.insecure_channel(server.address) as channel:
        for number in range(ACCOUNTS):
            name = _name(rpc, number)
            request = users_pb2.RegisterUserRequest(
                username=name, email=f"{name}@example.org", password="correct horse"
            )
            make_stub(channel).RegisterUser(request)
        for _ in range(REQUESTS_OF_EACH):
            for number in range(ACCOUNTS):
                known.append(_seconds(channel, rpc, f"{_name(rpc, number)}@example.org"))
                unknown.append(_seconds(channel, rpc, f"unknown{number}@example.org"))
    medians = statistics.median(known), statistics.median(unknown)
    assert max(medians) - min(medians) < MOST_APART * min(medians), medians


def _name(rpc: str, number: int) -> str:
    """The server is the same for both, and so are its names."""
    return f"known{number}{rpc.lower()}"


def _seconds(channel: grpc.Channel, rpc: str, address: str) -> float:
    request = getattr(users_pb2, f"{rpc}Request")(email=address)
    began = time.perf_counter()
    getattr(make_stub(channel), rpc)(request)
    return time.perf_counter() - began
