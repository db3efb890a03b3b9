"""When something was, as far as it is known.

A date is a moment, how much of it is known, and the zone whose calendar it was read from. It is stored as the first
moment of what is known, so that it sorts before all that came later, and its day stays that day in every other zone.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emo_grpc.shared.domain.text import Violations

MAX_ZONE: Final = 64
OFFSET: Final = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")
"""From UTC, as ISO 8601 writes it; no place on Earth is further than 14 hours."""


class DatePrecision(StrEnum):
    """How much of a date is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    SECOND = "second"


KNOWN_PART: Final = re.compile("[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_FIRST_DAY: Final = "0001-01-01"
_SHOWN: Final = {DatePrecision.YEAR: len("1994"), DatePrecision.MONTH: len("1994-05")}


def check_event_date(violations: Violations, date: datetime | None, precision: DatePrecision, zone: str) -> None:
    """Check a date with its companions; without one there are none."""
    if date is None and precision is not DatePrecision.SECOND:
        violations.add("asset.event_precision", "must be that of an event_date")
    if date is None and zone:
        violations.add("asset.event_zone", "must be that of an event_date")
    if not is_zone(zone):
        violations.add("asset.event_zone", "must be a time zone as Europe/Madrid, or an offset as +02:00")
    elif date is not None and not _is_in_calendar(date, precision, zone):
        violations.add("asset.event_date", "must lie in the years from 1 to 9999, also where its calendar stood")


def is_zone(zone: str) -> bool:
    """Whether it is empty, an offset or the name of a time zone of the IANA database."""
    return _zone(zone) is not None


def zone_of(zone: str) -> tzinfo:
    """The zone of that name. Empty, and a name that this machine's database has no more, is UTC."""
    return _zone(zone) or UTC


def wall_time(date: datetime, zone: str) -> datetime:
    """What clock and calendar showed there; in UTC where that would leave the years from 1 to 9999."""
    try:
        return date.astimezone(zone_of(zone))
    except OverflowError:
        return date.astimezone(UTC)


def known_part(date: datetime, precision: DatePrecision, zone: str) -> str:
    """What of its year, month and day is known, as ISO 8601 writes it: 1994, 1994-05 or 1994-05-06."""
    return wall_time(date, zone).date().isoformat()[: _SHOWN.get(precision)]


def is_known_part(text: str) -> bool:
    """Whether it is a year, month or day as `known_part` gives it."""
    if not KNOWN_PART.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text + _FIRST_DAY[len(text) :])
    except ValueError:
        return False
    return True


def first_moment(date: datetime, precision: DatePrecision, zone: str) -> datetime:
    """The first moment of the year, month or day that a moment lies in, in UTC; the same moment of a SECOND.

    It is given as it is where there is no such zone or moment, which `check_event_date` refuses.
    """
    try:
        return _first_moment(date, precision, zone)
    except OverflowError:
        return date


def _first_moment(date: datetime, precision: DatePrecision, zone: str) -> datetime:
    local = date.astimezone(zone_of(zone))
    if precision is DatePrecision.SECOND:
        return date
    start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if precision is not DatePrecision.DAY:
        start = start.replace(day=1)
    if precision is DatePrecision.YEAR:
        start = start.replace(month=1)
    return start.astimezone(UTC)


def _is_in_calendar(date: datetime, precision: DatePrecision, zone: str) -> bool:
    try:
        _first_moment(date, precision, zone)
    except OverflowError:
        return False
    return True


@lru_cache(maxsize=1024)
def _zone(zone: str) -> tzinfo | None:
    if not zone:
        return UTC
    if OFFSET.fullmatch(zone):
        hours, minutes = zone[1:].split(":")
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-ahead if zone[0] == "-" else ahead)
    if len(zone) > MAX_ZONE:
        return None
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
