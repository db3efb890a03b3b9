"""Points in time as the databases keep them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from emo_grpc.shared.adapters.times import microseconds, time_of

HALF_PAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("time", "count"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 5, 30, 1, 1, tzinfo=HALF_PAST), 1_000_001),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime.max.replace(tzinfo=UTC), 253_402_300_799_999_999),
    ],
)
def test_no_microsecond_is_lost(time: datetime, count: int) -> None:
    """A time is kept to its last microsecond, whatever its zone, and comes back as the same moment in UTC."""
    assert microseconds(time) == count
    assert time_of(count) == time
    assert time_of(count).tzinfo is UTC
