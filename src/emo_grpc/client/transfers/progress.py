"""How far a transfer has come."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of a transfer.

    `done`: an upload's bytes sent, a download's bytes written. `persisted`: what would survive if all ended now, as far
    as is known. `total`: None = unknown.
    """

    done: int
    persisted: int
    total: int | None


OnProgress = Callable[[Progress], None]


def ignore_progress(_: Progress) -> None:
    """Do nothing."""
