"""What is measured where somebody asks for metrics.

Every method is cheap and never fails. No argument is an id or anything else of a person, and none is made up by
clients.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, Protocol


@dataclass(frozen=True, slots=True, eq=False)
class Rpc:
    """An RPC of a contract, in the words of go-grpc-prometheus. There is one object for each, by which it is known.

    `kind`: unary, client_stream, server_stream or bidi_stream.
    """

    kind: str
    service: str
    method: str


UNKNOWN_RPC: Final = Rpc("unknown", "unknown", "unknown")
"""All that no contract has: clients make up as many as they like."""


@dataclass(slots=True)
class CallTally:
    """What calls of one RPC have done since the meter was told.

    `ended`: the seconds of each call, by its status code and reason (empty: none).
    """

    begun: int = 0
    messages_in: int = 0
    bytes_in: int = 0
    messages_out: int = 0
    bytes_out: int = 0
    ended: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))


class CallMeter(Protocol):
    """Measures calls."""

    def add(self, rpc: Rpc, tally: CallTally) -> None:
        """Show all of that, too. It is called once a second, and after the last call."""
        ...
