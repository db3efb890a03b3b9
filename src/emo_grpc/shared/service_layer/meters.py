"""What is measured where somebody asks for metrics.

Every method is cheap and never fails; those of stores may be called on any thread. No argument is an id or anything
else of a person, and none is made up by clients.
"""

from dataclasses import dataclass
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


class CallMeter(Protocol):
    """Measures calls."""

    def begin(self, rpc: Rpc) -> None:
        """One has begun."""
        ...

    def moved(self, rpc: Rpc, *, messages_in: int, bytes_in: int, messages_out: int, bytes_out: int) -> None:
        """So many more messages and bytes of them have come and gone."""
        ...

    def end(self, rpc: Rpc, *, code: str, reason: str, seconds: float) -> None:
        """One has ended, with this status code and reason (empty: none) after so many seconds."""
        ...

    def flush(self) -> None:
        """Show all of that. It is called once a second, and after the last call."""
        ...


class StoreMeter(Protocol):
    """Measures what one engine is asked for. `operation` is one of few."""

    def took(self, operation: str, seconds: float) -> None:
        """It has answered."""
        ...

    def failed(self, operation: str, seconds: float) -> None:
        """It has not."""
        ...
