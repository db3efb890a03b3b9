"""Points in time as integers, for SQLite has no dates, and BSON's have milliseconds only."""

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
