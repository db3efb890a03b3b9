"""Dates as people type them: as much as they know, and where the clock stood."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import typer

TIME_FORMATS: Final = tuple(
    f"%Y-%m-%d{between}%H:%M{rest}" for between in "T " for rest in ("", ":%S", "%z", ":%S%z", " %z")
)
DATE_FORMATS: Final = ("%Y-%m-%d", *TIME_FORMATS)
"""Of RFC 3339, with what `emo show` shows: a space, and no seconds."""
PARTS: Final[Mapping[str, str]] = {"%Y": "YEAR", "%Y-%m": "MONTH", "%Y-%m-%d": "DAY"}
PART: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
EXAMPLES: Final = "1994, 1994-05, 1994-05-06 or 1994-05-06T15:30"
ZONE_FILES: Final = "/zoneinfo/"


@dataclass(frozen=True, slots=True)
class EventDate:
    """A moment in UTC; how much of it is known, by the name in the contract; and the zone that it was meant in."""

    moment: datetime
    precision: str
    zone: str


def event_date(text: str) -> datetime:
    """A day, or a time with or without its zone; raises typer.BadParameter."""
    return _parsed(text, DATE_FORMATS, "2026-07-01 or 2026-07-01T15:30:00")[0]


def known_date(text: str) -> EventDate:
    """A year, a month, a day, or a time with or without its zone; raises typer.BadParameter.

    A year, month or day is in no zone, and so has none; a time without one is a time of this machine.
    """
    if PART.fullmatch(text):
        for form, precision in PARTS.items():
            with suppress(ValueError):
                return EventDate(datetime.strptime(text, form).replace(tzinfo=UTC), precision, "")
    time, _, named = text.rpartition(" ")
    zone = _known_zone(named) if PART.match(time) else None
    moment, typed = _parsed(time if zone else text, TIME_FORMATS, EXAMPLES, zone)
    return EventDate(moment, "SECOND", zone.key if zone else _zone_of(typed))


def period(text: str) -> str:
    """A year, a month or a day, as the contract has it; raises typer.BadParameter."""
    for form in PARTS if PART.fullmatch(text) else ():
        with suppress(ValueError):
            datetime.strptime(text, form)  # noqa: DTZ007 - only whether there is such a day
            return text
    raise typer.BadParameter(f"{text!r} is no date; write it as 1994, 1994-05 or 1994-05-06")


def _parsed(
    text: str, formats: tuple[str, ...], examples: str, zone: ZoneInfo | None = None
) -> tuple[datetime, datetime]:
    """The time in UTC, and as it was typed."""
    for each in formats:
        with suppress(ValueError):
            typed = datetime.strptime(text, each)  # noqa: DTZ007 - a naive time is one of this machine
            typed = typed if zone is None else typed.replace(tzinfo=zone)
            return _in_utc(typed, text), typed
    raise typer.BadParameter(f"{text!r} is no date; write it as {examples}")


def _in_utc(time: datetime, text: str) -> datetime:
    try:
        return time.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        raise typer.BadParameter(f"{text!r} is out of range: the years from 1 to 9999, in UTC") from None


def _zone_of(typed: datetime) -> str:
    if typed.tzinfo is None:
        return _zone_of_machine() or typed.astimezone().isoformat()[-len("+00:00") :]
    return typed.isoformat()[-len("+00:00") :]


def _zone_of_machine() -> str:
    """Its name in the IANA database, as TZ or the link /etc/localtime says it; empty if neither does."""
    named = os.environ.get("TZ", "").removeprefix(":") or str(Path("/etc/localtime").resolve()).partition(ZONE_FILES)[2]
    zone = _known_zone(named)  # TZ may also have rules, or the path of a file
    return zone.key if zone else ""


def _known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):
        return None
