"""What a list holds, in terms of what is stored beside documents; the same in every database."""

from dataclasses import dataclass
from typing import Final

from emo_grpc.assets.adapters.queries.folding import asked
from emo_grpc.assets.adapters.queries.listing import NEVER, groups_of
from emo_grpc.assets.adapters.queries.terms import LETTERS, whole_term
from emo_grpc.assets.domain.folder import TOP
from emo_grpc.assets.service_layer.expressions import (
    AllOf,
    AnyOf,
    Between,
    Expression,
    InFacet,
    Not,
    Present,
    RangeField,
    Reads,
    Says,
    TextField,
)
from emo_grpc.assets.service_layer.views import AssetFilter

LARGEST: Final = (1 << 63) - 1
DATES: Final = (RangeField.EVENT_DATE, RangeField.EVENT_TIME)


@dataclass(frozen=True, slots=True)
class Every:
    """What every part holds of."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """What one part at least holds of."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class No:
    """What the part does not hold of."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class HasFacet:
    """Has this value of a facet."""

    facet: str
    value: str


@dataclass(frozen=True, slots=True)
class HasWord:
    """Has this word in one of these fields (their letters; empty: in any), or one that begins so if it `is_prefix`."""

    letters: str
    word: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class HasTerm:
    """Has this term, or one that begins so if it `is_prefix`."""

    term: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class KeyIn:
    """Has a key from `low` on and before `high`, which 64 bits hold; None has no end."""

    field: RangeField
    low: int | None
    high: int | None


Condition = Every | Some | No | HasFacet | HasWord | HasTerm | KeyIn
EVERYTHING: Final = Every(())
NOTHING: Final = Some(())


def condition_of(chosen: AssetFilter) -> Condition:
    """What an asset must be to be in a list by this filter."""
    groups = [Some(tuple(HasFacet(group.facet, value) for value in group.values)) for group in groups_of(chosen)]
    alone = [group.parts[0] if len(group.parts) == 1 else group for group in groups]
    return _every([*alone, EVERYTHING if chosen.expression is None else _stored(chosen.expression)])


def _stored(expression: Expression) -> Condition:
    match expression:
        case AllOf(parts):
            return _every([_stored(part) for part in parts])
        case AnyOf(parts):
            return _some([_stored(part) for part in parts])
        case Not(part):
            return _no(_stored(part))
        case Says() | Reads():
            return _of_text(expression)
        case _:
            return _of_value(expression)


def _of_text(expression: Says | Reads) -> Condition:
    if isinstance(expression, Reads):
        # Its words lead to it. What is beyond the bound on words is not found as a whole either.
        words = _says(expression.text, expression.field, is_prefix=False)
        return _every([HasTerm(whole_term(expression.field, expression.text)), *([] if words == NOTHING else [words])])
    return _says(expression.text, expression.field, is_prefix=expression.is_prefix)


def _of_value(expression: InFacet | Present | Between) -> Condition:
    match expression:
        case InFacet("within", folder) if folder == TOP:
            return EVERYTHING
        case InFacet(facet, value):
            return HasFacet(facet, value)
        case Between(field, low, high):
            return _between(field, low, high)
        case Present(TextField() as field):
            return HasTerm(f"={LETTERS[field]} ", is_prefix=True)
        case Present(field):
            return _between(RangeField(field), None, None)


def _says(text: str, field: TextField | None, *, is_prefix: bool) -> Condition:
    letters = "" if field is None else LETTERS[field]
    found = asked(text, is_prefix=is_prefix)
    return _every([HasWord(letters, word, goes_on) for word, goes_on in found]) if found else NOTHING


def _between(field: RangeField, low: int | None, high: int | None) -> Condition:
    if (low is not None and low > LARGEST) or (high is not None and high <= NEVER):
        return NOTHING
    lowest = NEVER + 1 if field in DATES else None
    first = lowest if low is None else max(low, NEVER + 1)
    end = None if high is None or high > LARGEST else high
    return EVERYTHING if first is None and end is None else KeyIn(field, first, end)


def _every(parts: list[Condition]) -> Condition:
    flat = [each for part in parts for each in (part.parts if isinstance(part, Every) else (part,))]
    if NOTHING in flat:
        return NOTHING
    return flat[0] if len(flat) == 1 else Every(tuple(flat))


def _some(parts: list[Condition]) -> Condition:
    flat = [each for part in parts for each in (part.parts if isinstance(part, Some) else (part,))]
    if EVERYTHING in flat:
        return EVERYTHING
    return flat[0] if len(flat) == 1 else Some(tuple(flat))


def _no(part: Condition) -> Condition:
    if part in (NOTHING, EVERYTHING):
        return EVERYTHING if part == NOTHING else NOTHING
    return No(part)
