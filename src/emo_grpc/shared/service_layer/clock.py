"""What time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present, aware of its zone (UTC)."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)
