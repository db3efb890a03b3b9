"""What of a date is known, and in which calendar."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.event_date import (
    DatePrecision,
    first_moment,
    is_known_part,
    known_part,
    wall_time,
    zone_of,
)
from emo_grpc.shared.domain.errors import InvalidArgument

MADRID, KIRITIMATI, SAO_PAULO = "Europe/Madrid", "Pacific/Kiritimati", "America/Sao_Paulo"
NOON = datetime(1994, 5, 6, 12, tzinfo=UTC)
ZONES = ["", "UTC", "+14:00", "-12:00", "+00:44", MADRID, KIRITIMATI, "America/Havana", SAO_PAULO, "Asia/Kathmandu"]


@pytest.mark.parametrize(
    ("precision", "zone", "first", "known"),
    [
        (DatePrecision.YEAR, "", "1994-01-01T00:00:00+00:00", "1994"),
        (DatePrecision.MONTH, "", "1994-05-01T00:00:00+00:00", "1994-05"),
        (DatePrecision.DAY, "", "1994-05-06T00:00:00+00:00", "1994-05-06"),
        (DatePrecision.SECOND, "", "1994-05-06T12:00:00+00:00", "1994-05-06"),
        (DatePrecision.YEAR, MADRID, "1993-12-31T23:00:00+00:00", "1994"),
        (DatePrecision.MONTH, MADRID, "1994-04-30T22:00:00+00:00", "1994-05"),
        (DatePrecision.DAY, "+14:00", "1994-05-06T10:00:00+00:00", "1994-05-07"),
        (DatePrecision.DAY, "-12:00", "1994-05-06T12:00:00+00:00", "1994-05-06"),
        (DatePrecision.SECOND, "+14:00", "1994-05-06T12:00:00+00:00", "1994-05-07"),
    ],
)
def test_the_first_moment_of_what_is_known(precision: DatePrecision, zone: str, first: str, known: str) -> None:
    """A year, month or day is that of its own calendar, and begins when it began there."""
    found = first_moment(NOON, precision, zone)
    assert found.isoformat() == first
    assert known_part(found, precision, zone) == known_part(NOON, precision, zone) == known


@given(
    st.dates(date(1850, 1, 2), date(2100, 1, 1)),
    st.sampled_from([DatePrecision.YEAR, DatePrecision.MONTH, DatePrecision.DAY]),
    st.sampled_from(ZONES),
    st.integers(0, 86399),
)
def test_a_day_stays_that_day(day: date, precision: DatePrecision, zone: str, second: int) -> None:
    """Whatever moment of a period is meant, in whatever zone, the period stays, and its first moment is one."""
    meant = datetime(day.year, day.month, day.day, tzinfo=zone_of(zone)) + timedelta(seconds=second)
    first = first_moment(meant.astimezone(UTC), precision, zone)
    assert first_moment(first, precision, zone) == first
    assert known_part(first, precision, zone) == known_part(meant, precision, zone)
    assert known_part(first - timedelta(microseconds=1), precision, zone) < known_part(first, precision, zone)


def test_a_day_that_had_no_midnight() -> None:
    """It begins when its clocks began, in the same day."""
    noon = datetime(2018, 11, 4, 12, tzinfo=ZoneInfo(SAO_PAULO))
    first = first_moment(noon, DatePrecision.DAY, SAO_PAULO)
    assert first.astimezone(ZoneInfo(SAO_PAULO)).isoformat() == "2018-11-04T01:00:00-02:00"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("0001-01-01T00:00:00+00:00", "-05:00"),
        ("9999-12-31T23:59:59+00:00", "+14:00"),
        ("0001-01-01T05:00:00+00:00", "+14:00"),
    ],
)
def test_dates_that_their_calendar_does_not_have(text: str, zone: str) -> None:
    """What would leave the years from 1 to 9999 is refused, and can be looked at all the same."""
    moment = datetime.fromisoformat(text)
    with pytest.raises(InvalidArgument, match="event_date"):
        Description(
            title="t",
            event_date=first_moment(moment, DatePrecision.YEAR, zone),
            event_precision=DatePrecision.YEAR,
            event_zone=zone,
        )
    assert known_part(moment, DatePrecision.YEAR, zone) in ("0001", "9999")


def test_what_a_clock_showed() -> None:
    """In the zone of that name; in UTC where there is none of that name any more."""
    assert wall_time(NOON, MADRID).isoformat() == "1994-05-06T14:00:00+02:00"
    assert wall_time(NOON, "-03:30").isoformat() == "1994-05-06T08:30:00-03:30"
    assert wall_time(NOON, "Mars/Olympus").isoformat() == NOON.isoformat()
    assert zone_of("-12:00") == timezone(-timedelta(hours=12))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("1994", True),
        ("1994-05", True),
        ("1994-05-06", True),
        ("0001-01-01", True),
        ("0000", False),
        ("1994-13", False),
        ("1994-02-30", False),
        ("1994-5", False),
        ("94", False),
        ("", False),
        ("1994-05-06T00", False),
        ("١٩٩٤", False),
        ("1994\n", False),
    ],
)
def test_texts_of_periods(text: str, is_one: bool) -> None:
    """Years, months and days that there are, in digits of ASCII."""
    assert is_known_part(text) is is_one
