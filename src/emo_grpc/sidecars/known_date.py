"""When something was, as far as a text says it."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

PATTERN: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,12}))?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
"""Dates of XMP (ISO 16684-1, 8.2.1.4), a profile of ISO 8601; writers that put a space for the T are understood."""
MAX_OFFSET_MINUTES: Final = 14 * 60
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Precision(StrEnum):
    """How much of a date is known; named as the contract's DatePrecision is."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class KnownDate:
    """The first moment of what is known, in UTC. `zone`: the offset that it was meant in, as +02:00; empty = UTC."""

    moment: datetime
    precision: Precision = Precision.SECOND
    zone: str = ""


def parse_date(text: str) -> KnownDate | None:
    """A date of ISO 8601, from the year alone to parts of a second; None if it is none.

    A clock without a zone is taken for that of UTC, so that it shows everywhere what it showed there.
    """
    found = PATTERN.fullmatch(text.strip())
    if found is None:
        return None
    offset = _offset(found["zone"])
    with suppress(ValueError, OverflowError):
        return KnownDate(_clock(found, offset).astimezone(UTC), _precision(found), _zone_text(offset))
    return None


def date_of_epoch(seconds: int) -> KnownDate | None:
    """Seconds since 1970 in UTC; None out of the years from 1 to 9999."""
    try:
        return KnownDate(EPOCH + timedelta(seconds=seconds))
    except OverflowError:
        return None


def _clock(found: re.Match[str], offset: int) -> datetime:
    return datetime(
        int(found["year"]),
        int(found["month"] or 1),
        int(found["day"] or 1),
        int(found["hour"] or 0),
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int((found["fraction"] or "").ljust(6, "0")[:6]),
        tzinfo=timezone(timedelta(minutes=offset)),
    )


def _precision(found: re.Match[str]) -> Precision:
    if found["hour"]:
        return Precision.SECOND
    if found["day"]:
        return Precision.DAY
    return Precision.MONTH if found["month"] else Precision.YEAR


def _offset(zone: str | None) -> int:
    """Minutes east of UTC; an offset that no place has is taken for none."""
    if not zone or zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return 0 if minutes > MAX_OFFSET_MINUTES else minutes * (-1 if zone.startswith("-") else 1)


def _zone_text(offset: int) -> str:
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" if offset else ""
