"""Which assets a list holds, as an expression over what is said of them. It is the same whatever the database.

Text is compared as people read it: without regard to case, accents and width; see `folding`.
"""

from dataclasses import dataclass
from enum import StrEnum


class TextField(StrEnum):
    """Fields of text, by their names in the contract."""

    TITLE = "title"
    DESCRIPTION = "description"
    TAGS = "tags"
    PEOPLE = "people"
    LOCATION = "location"
    FOLDER = "folder"
    FILE_NAME = "file.name"


class RangeField(StrEnum):
    """Fields with an order, by their names in the contract. Times are microseconds since 1970 (UTC), sizes bytes.

    An event_date is what the clocks of its own zone showed, as if that were UTC; an event_time is the moment itself. An
    asset without a date is in no range of either.
    """

    EVENT_DATE = "event_date"
    EVENT_TIME = "event_time"
    CREATE_TIME = "create_time"
    UPDATE_TIME = "update_time"
    SIZE = "file.size_bytes"


@dataclass(frozen=True, slots=True)
class AllOf:
    """What every part holds of; of no part, everything."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What one part at least holds of; of no part, nothing."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What the part does not hold of."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class InFacet:
    """Has just this value of a facet (see `listing`): a content type, a kind, a state, an exact tag, a folder, …"""

    facet: str
    value: str


@dataclass(frozen=True, slots=True)
class Says:
    """Has all the words of this text, in one field (None: in any of them together), in any order.

    `is_prefix`: the last word may go on.
    """

    text: str
    field: TextField | None = None
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Reads:
    """Has a field that is this text as a whole; of tags and people, one of them."""

    field: TextField
    text: str


@dataclass(frozen=True, slots=True)
class Present:
    """Has something in a field."""

    field: TextField | RangeField


@dataclass(frozen=True, slots=True)
class Between:
    """Lies in a range: from `low` on, and before `high`; None has no end."""

    field: RangeField
    low: int | None = None
    high: int | None = None


Expression = AllOf | AnyOf | Not | InFacet | Says | Reads | Present | Between
