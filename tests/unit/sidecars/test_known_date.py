"""Dates of which only a part is known."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.sidecars.known_date import KnownDate, Precision, date_of_epoch, parse_date


@pytest.mark.parametrize(
    ("text", "moment", "precision", "zone"),
    [
        ("1994", datetime(1994, 1, 1, tzinfo=UTC), Precision.YEAR, ""),
        ("1994-05", datetime(1994, 5, 1, tzinfo=UTC), Precision.MONTH, ""),
        ("1994-05-06", datetime(1994, 5, 6, tzinfo=UTC), Precision.DAY, ""),
        ("1994-05-06T07:08", datetime(1994, 5, 6, 7, 8, tzinfo=UTC), Precision.SECOND, ""),
        (" 1994-05-06 07:08:09Z ", datetime(1994, 5, 6, 7, 8, 9, tzinfo=UTC), Precision.SECOND, ""),
        ("1994-05-06T01:08:09.25+02:00", datetime(1994, 5, 5, 23, 8, 9, 250000, UTC), Precision.SECOND, "+02:00"),
        ("1994-05-06T07:08:09-0330", datetime(1994, 5, 6, 10, 38, 9, tzinfo=UTC), Precision.SECOND, "-03:30"),
        ("1994-05-06T07:08:09+00:00", datetime(1994, 5, 6, 7, 8, 9, tzinfo=UTC), Precision.SECOND, ""),
        ("1994-05-06T07:08:09+23:00", datetime(1994, 5, 6, 7, 8, 9, tzinfo=UTC), Precision.SECOND, ""),
    ],
)
def test_as_much_is_known_as_is_written(text: str, moment: datetime, precision: Precision, zone: str) -> None:
    """A date says how much of it is known, and keeps the offset in which it was written."""
    assert parse_date(text) == KnownDate(moment, precision, zone)


@pytest.mark.parametrize(
    "text", ["", "May 1994", "1994-13", "1994-02-30", "0000", "1994-05-06T25:00", "94", "\uff11\uff19\uff19\uff14-13"]
)
def test_what_is_no_date_says_nothing(text: str) -> None:
    """A text that is no date, or none of the calendar, is left out."""
    assert parse_date(text) is None


def test_a_moment_before_the_first_year_says_nothing() -> None:
    """A date that lies before year 1 once it is in UTC is left out."""
    assert parse_date("0001-01-01T00:00:00+02:00") is None
    assert date_of_epoch(10**15) is None


@given(st.text(alphabet="0123456789-T:+Z. ", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    """Whatever stands there, the answer is a date or none."""
    found = parse_date(text)
    assert found is None or found.moment.tzinfo is UTC
