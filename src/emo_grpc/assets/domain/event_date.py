"""When something was, as far as it is known."""

import re
from datetime import datetime
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


def check_event_date(violations: Violations, date: datetime | None, precision: DatePrecision, zone: str) -> None:
    """Check the companions of a date; without one there are none."""
    if date is None and precision is not DatePrecision.SECOND:
        violations.add("asset.event_precision", "must be that of an event_date")
    if date is None and zone:
        violations.add("asset.event_zone", "must be that of an event_date")
    if not is_zone(zone):
        violations.add("asset.event_zone", "must be a time zone as Europe/Madrid, or an offset as +02:00")


@lru_cache(maxsize=1024)
def is_zone(zone: str) -> bool:
    """Whether it is empty, an offset or the name of a time zone of the IANA database."""
    if not zone or OFFSET.fullmatch(zone):
        return True
    if len(zone) > MAX_ZONE:
        return False
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
