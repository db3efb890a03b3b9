"""Whether a condition holds of an asset, as SQL."""

from typing import Final

from emo_grpc.assets.adapters.queries.conditions import Condition, Every, HasFacet, HasTerm, HasWord, KeyIn, No, Some
from emo_grpc.assets.adapters.sqlite.sql import Sql, joined
from emo_grpc.assets.service_layer.expressions import RangeField

COLUMN_OF: Final = {
    RangeField.EVENT_DATE: "event_day",
    RangeField.EVENT_TIME: "event_date",
    RangeField.CREATE_TIME: "create_time",
    RangeField.UPDATE_TIME: "update_time",
    RangeField.SIZE: "size",
}
_HAS_FACET: Final = """EXISTS (SELECT 1 FROM asset_facets AS f WHERE f.owner_id = o.owner_id AND f.facet = ?
    AND f.value = ? AND f.create_time = o.create_time AND f.asset_id = o.asset_id)"""
_HAS_LINE: Final = "(ifnull(instr(t.terms, ?), 0) > 0)"
_HAS_PATTERN: Final = "ifnull(t.terms GLOB ?, 0)"


def condition_sql(condition: Condition) -> Sql:
    """True or false, and never NULL, of a row `o` of asset_owners and `t`, its row of asset_terms if there is one."""
    match condition:
        case Every(parts):
            return joined("AND", [condition_sql(part) for part in parts], "1")
        case Some(parts):
            return joined("OR", [condition_sql(part) for part in parts], "0")
        case No(part):
            inner = condition_sql(part)
            return Sql(f"(NOT {inner.text})", inner.values)
        case _:
            return _leaf(condition)


def _leaf(condition: HasFacet | HasTerm | HasWord | KeyIn) -> Sql:
    match condition:
        case HasFacet(facet, value):
            return Sql(_HAS_FACET, (facet, value))
        case HasTerm(term, is_prefix):
            return Sql(_HAS_LINE, (f"\n{term}" if is_prefix else f"\n{term}\n",))
        case HasWord(letters, word, is_prefix):
            return _has_word(letters, word, "" if is_prefix else "\n")
        case KeyIn(field, low, high):
            return key_in(f"o.{COLUMN_OF[field]}", low, high)


def key_in(column: str, low: int | None, high: int | None) -> Sql:
    """Whether a column lies in a range."""
    bounds = [(">=", low), ("<", high)]
    return joined("AND", [Sql(f"{column} {sign} ?", (end,)) for sign, end in bounds if end is not None], "1")


def _has_word(letters: str, word: str, end: str) -> Sql:
    if len(letters) == 1:
        return Sql(_HAS_LINE, (f"\n{letters} {word}{end}",))
    return Sql(_HAS_PATTERN, (f"*\n{f'[{letters}]' if letters else '?'} {word}{end}*",))
