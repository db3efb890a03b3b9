"""Times and sizes of filters: each is a range, of which the operators mean the beginning or the end."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from emo_grpc.assets.service_layer.expressions import Between, Expression, Not, RangeField
from emo_grpc.shared.entrypoints.timestamps import EPOCH

A_DAY: Final = 86_400_000_000
MAX_BYTES: Final = (1 << 62) - 1
DATE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
"""RFC 3339, section 5.6."""
SIZE: Final = re.compile(r"(\d{1,18}(?:\.\d{1,18})?) ?([kmgt]?i?b)?", re.ASCII | re.IGNORECASE)
UNITS: Final = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` on, and before `high`: microseconds since 1970, or bytes."""

    low: int
    high: int

    def compared(self, field: RangeField, operator: str) -> Expression:
        """What `field operator span` says; `:` is as `=`."""
        ranges = {
            "<": Between(field, high=self.low),
            "<=": Between(field, high=self.high),
            ">": Between(field, low=self.high),
            ">=": Between(field, low=self.low),
        }
        return ranges.get(operator) or self._equal(field, operator)

    def _equal(self, field: RangeField, operator: str) -> Expression:
        inside = Between(field, self.low, self.high)
        return Not(inside) if operator == "!=" else inside


def days_of(text: str) -> Span | None:
    """A year, a month or a day (`1994`, `1994-05`, `1994-05-06`) of any one zone; None if it is none."""
    found = DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1)).toordinal()
        last = date(int(year), int(month or 12), int(day or monthrange(int(year), int(month or 12))[1])).toordinal()
    except ValueError:
        return None
    return Span(_at(first), _at(last + 1))  # by ordinals, for the day after 9999 is no date


def moment_of(text: str) -> Span | None:
    """A point in time as RFC 3339 writes it; None if it is none. It lasts a microsecond."""
    if MOMENT.fullmatch(text) is None:
        return None
    try:
        at = microseconds(datetime.fromisoformat(text.upper()))
    except ValueError:
        return None
    return Span(at, at + 1)


def size_of(text: str) -> Span | None:
    """Bytes, or with a unit by powers of 1000 (`10MB`) or 1024 (`1.5GiB`); None if it is no size."""
    found = SIZE.fullmatch(text)
    unit = UNITS.get((found[2] or "").lower()) if found else None
    if found is None or unit is None or ("." in found[1] and unit == 1):
        return None
    at = min(round(Decimal(found[1]) * unit), MAX_BYTES)
    return Span(at, at + 1)


def microseconds(time: datetime) -> int:
    """Microseconds since 1970 (UTC)."""
    return (time - EPOCH) // timedelta(microseconds=1)


def _at(ordinal: int) -> int:
    return (ordinal - EPOCH.toordinal()) * A_DAY
