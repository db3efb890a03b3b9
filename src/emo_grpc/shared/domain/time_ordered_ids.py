"""UUIDs that sort by time."""

from datetime import UTC, datetime, timedelta
from secrets import randbits
from typing import Final
from uuid import UUID

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
VERSION: Final = 7 << 76
VARIANT: Final = 2 << 62


def time_ordered_id(time: datetime) -> UUID:
    """A UUID of version 7 (RFC 9562 section 5.7); its bits `rand_a` hold the microseconds (section 6.2, method 3).

    So those of different microseconds are in the order of time, also as text.
    """
    return UUID(int=first_time_ordered_id(time).int | randbits(62))


def first_time_ordered_id(time: datetime) -> UUID:
    """The least one that can be of this moment, at the earliest 1970."""
    milliseconds, rest = divmod(max(time - EPOCH, timedelta(0)) // MICROSECOND, 1000)
    return UUID(int=milliseconds << 80 | VERSION | (rest * 4096 // 1000) << 64 | VARIANT)


def moment_of(identity: UUID) -> datetime:
    """When such an id was made, to the millisecond."""
    return EPOCH + timedelta(milliseconds=identity.int >> 80)
