"""Dates, times and sizes as filters have them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.assets.entrypoints.filtering.ranges import MAX_BYTES, Span, days_of, moment_of, size_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def span(first: date, following: date) -> Span:
    """From midnight of one day to midnight of another."""
    low, high = ((day - EPOCH.date()) // MICROSECOND for day in (first, following))
    return Span(low, high)


@pytest.mark.parametrize(
    ("text", "first", "following"),
    [
        ("1994", date(1994, 1, 1), date(1995, 1, 1)),
        ("1994-02", date(1994, 2, 1), date(1994, 3, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("1994-12", date(1994, 12, 1), date(1995, 1, 1)),
        ("1994-12-31", date(1994, 12, 31), date(1995, 1, 1)),
        ("0001", date(1, 1, 1), date(2, 1, 1)),
    ],
)
def test_all_of_a_year_a_month_or_a_day(text: str, first: date, following: date) -> None:
    """From its first moment to the first of the next."""
    assert days_of(text) == span(first, following)


def test_the_last_day_there_is_ends() -> None:
    """A day after it no calendar has."""
    low = span(date(9999, 12, 31), date(9999, 12, 31)).low
    assert days_of("9999-12-31") == Span(low, low + 86_400_000_000)
    for longer in (days_of("9999"), days_of("9999-12")):
        assert longer is not None
        assert longer.high == low + 86_400_000_000


@given(day=st.dates(max_value=date(9999, 12, 30)))
def test_every_day_is_a_day_of_its_month_and_year(day: date) -> None:
    """A span of a day lies in those of the month and the year that it is in, and is a day long."""
    text = day.isoformat()
    of_day, of_month, of_year = (days_of(text[:length]) for length in (10, 7, 4))
    assert of_day == span(day, day + timedelta(days=1))
    assert of_day is not None
    for longer in (of_month, of_year):
        assert longer is not None
        assert longer.low <= of_day.low < of_day.high <= longer.high


@pytest.mark.parametrize(
    "text",
    ["", "94", "0000", "1994-13", "1994-00", "1994-02-30", "1994-2", "1994-05-6", "1994-", "19940506", "٢٠٢٤", "+1994",
     "1994-05-06T10:00:00Z", "1994 ", "10000"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    """Neither are other ways of writing it."""
    assert days_of(text) is None


@given(
    time=st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001 - the zone follows
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_moments_are_of_all_zones(time: datetime, minutes: int) -> None:
    """A moment is the same however it is written, and lasts a microsecond."""
    moment = time.replace(tzinfo=UTC)
    written = moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    at = (moment - EPOCH) // MICROSECOND
    assert moment_of(written) == Span(at, at + 1)


@pytest.mark.parametrize(
    "text",
    ["1994-05-06", "1994-05-06T10:00:00", "1994-05-06T10:00Z", "1994-05-06 10:00:00Z", "1994-05-06T24:00:01Z",
     "1994-13-06T10:00:00Z", "0000-01-01T00:00:00Z", "1994-05-06T10:00:00+0200", "1994-05-06T10:00:60Z"],
)  # fmt: skip
def test_what_is_no_moment(text: str) -> None:
    """RFC 3339 wants all of it, and a zone."""
    assert moment_of(text) is None


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("2000", 2000), ("7B", 7), ("1kB", 1000), ("1KiB", 1024), ("10mb", 10**7), ("1 GB", 10**9),
     ("1.5GiB", 3 << 29), ("0.0001kB", 0), ("2TiB", 2 << 40), ("999999999999999999TB", MAX_BYTES)],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    """By powers of 1000, with an i of 1024, in large letters or small."""
    assert size_of(text) == Span(size, size + 1)


@pytest.mark.parametrize("text", ["", "1.5", "1.5B", "-1", "1e3", "10M", "10XB", "MB", "1,5MB", "1.MB", "1ib", "٣"])
def test_what_is_no_size(text: str) -> None:
    """Neither a part of a byte nor a letter that could mean two things."""
    assert size_of(text) is None
