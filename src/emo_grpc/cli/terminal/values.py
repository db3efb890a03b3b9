"""What a value is, as far as it matters for where it may be broken."""

import re
from typing import Final

PLAIN: Final = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}( [0-9:]+( UTC)?)?|[0-9]+(\.[0-9]+)?( ([kMGT]?B))?")
"""Numbers, sizes, dates and times, which are worth nothing when they are cut."""


def is_plain(value: str) -> bool:
    """Whether it is a number, a size, a date or a time."""
    return PLAIN.fullmatch(value) is not None
