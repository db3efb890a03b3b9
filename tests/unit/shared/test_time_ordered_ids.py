"""UUIDs that sort by time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.shared.domain.time_ordered_ids import first_time_ordered_id, moment_of, time_ordered_id

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 250_000_000_000_000_000).map(lambda count: FIRST + timedelta(microseconds=count))


@given(TIMES, TIMES)
def test_they_are_in_the_order_of_time(first: datetime, second: datetime) -> None:
    """To the microsecond, as numbers and as text; and they are UUIDs of version 7 (RFC 9562)."""
    one, other = time_ordered_id(first), time_ordered_id(second)
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    if first != second:
        assert (one < other) == (str(one) < str(other)) == (first < second)


@given(TIMES)
def test_a_range_of_time_is_a_range_of_ids(time: datetime) -> None:
    """None of this moment is before the first of it, and all are before the first of the next."""
    made = time_ordered_id(time)
    assert first_time_ordered_id(time) <= made < first_time_ordered_id(time + timedelta(microseconds=1))
    assert moment_of(made) == time.replace(microsecond=time.microsecond // 1000 * 1000)


def test_before_1970() -> None:
    """A range that begins earlier begins with all."""
    assert first_time_ordered_id(datetime(1, 1, 1, tzinfo=UTC)) == first_time_ordered_id(FIRST)
