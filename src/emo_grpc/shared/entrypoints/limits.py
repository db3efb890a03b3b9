"""Limits of one process."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from emo_grpc.shared.entrypoints.messages import ClientTimeouts
from emo_grpc.shared.entrypoints.session_watch import SESSION_CHECK


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many on one `connection`, from one `peer` (an IPv4 address or an IPv6 /64 network), and in `all`."""

    connection: int
    peer: int
    all: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one process does at the same time.

    `calls`: with a token that was verified, in the whole process. `user_waiting`: of these, those of one user that wait
    for a request that is not there yet, of which the oldest ends; and those whose answer waits to be taken, over which
    new ones are refused.
    `waiting`: calls of unknown callers that wait for their client. Over it, the one that has waited longest
    ends; a client that means well sends its request with the call, so it is never that one.
    `strangers`: calls without a token that have sent their request. `watches`: streams of health and reflection.
    `streams`: of any kind on one connection. `connections`: in all; each costs 17 KiB. `handshake`: seconds until
    who has connected must have said that it speaks HTTP/2, over TLS if that is asked for. `session_check`: after how
    long the session of a stream is looked at again.
    """

    calls: int = 1_000
    user_waiting: int = 64
    waiting: Bounds = Bounds(connection=32, peer=64, all=512)
    strangers: Bounds = Bounds(connection=64, peer=128, all=512)
    watches: Bounds = Bounds(connection=8, peer=32, all=1_000)
    streams: int = 256
    connections: int = 10_000
    handshake: float = 10.0
    timeouts: ClientTimeouts = field(default_factory=ClientTimeouts)
    session_check: timedelta = SESSION_CHECK


DEFAULT_LIMITS: Final = Limits()
