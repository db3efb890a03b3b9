"""Points in time as integers or text, for SQLite has no dates, and BSON's have milliseconds only."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Microseconds since 1970 (UTC)."""
    return (time - EPOCH) // MICROSECOND


def time_of(count: int) -> datetime:
    """The point in time that many microseconds after 1970 (UTC)."""
    return EPOCH + count * MICROSECOND


def readable_time(stored: object) -> datetime:
    """The point in time in stored text or microseconds; EPOCH, which is long over, where it is damaged."""
    try:
        time = time_of(stored) if isinstance(stored, int) else datetime.fromisoformat(str(stored))
    except (ValueError, OverflowError):
        return EPOCH
    return time if time.tzinfo is not None else EPOCH


def time_text(time: datetime) -> str:
    """UTC, RFC 3339 with microseconds: as text in the same order as in time."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def stored_time(text: str) -> datetime:
    """The point in time of stored text; raises ValueError if it is none in UTC."""
    time = datetime.fromisoformat(text)
    if time.utcoffset() != timedelta(0):
        raise ValueError("a stored time is in UTC")
    return time
