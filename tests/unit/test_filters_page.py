"""The page on filters, against the code that reads them."""

import re

import pytest

from emo_grpc.assets.domain.errors import InvalidFilter
from emo_grpc.assets.entrypoints.filtering.fields import FIELDS
from emo_grpc.assets.entrypoints.filtering.grammar import MAX_CHARACTERS, MAX_DEPTH, MAX_WORDS
from emo_grpc.assets.entrypoints.filtering.translation import expression_of
from unit.test_docs import rows_of, text_of

PAGE = "docs/filters.md"
CODE = re.compile("`([^`]+)`")


def examples() -> list[str]:
    """All filters in the first column of the examples, and the shorter ones that are told beside them."""
    return [row[0] for row in rows_of(PAGE, "| filter | what it finds |")]


@pytest.mark.parametrize("cell", examples())
def test_every_example_is_understood(cell: str) -> None:
    """What a reader copies is a filter."""
    [text] = CODE.findall(cell)
    assert expression_of(text) is not None


@pytest.mark.parametrize("row", rows_of(PAGE, "| filter | means |"), ids=lambda row: row[0])
def test_what_belongs_together_is_told_right(row: list[str]) -> None:
    """A filter is what it is said to mean."""
    [written] = CODE.findall(row[0])
    meaning = written if row[1] == "itself" else CODE.findall(row[1])[0]
    assert expression_of(written) == expression_of(meaning)


@pytest.mark.parametrize("row", rows_of(PAGE, "| filter | position | sentence |"), ids=lambda row: row[0])
def test_what_is_wrong_is_told_so(row: list[str]) -> None:
    """In the words of the page, at its place."""
    [text] = CODE.findall(row[0])
    with pytest.raises(InvalidFilter) as caught:
        expression_of(text)
    assert [caught.value.metadata["position"], caught.value.violations[0].description] == row[1:]


def test_every_field_is_told_of() -> None:
    """The table has all that there are, and no other."""
    rows = rows_of(PAGE, "| field | `:` | `=` `!=` | `<` `<=` `>` `>=` |")
    assert {name for row in rows for name in CODE.findall(row[0])} == set(FIELDS)


def test_the_limits_are_told() -> None:
    """The sentence has the numbers that are checked."""

    sentence = f"at most {MAX_CHARACTERS:,} characters, {MAX_WORDS} words, and {MAX_DEPTH} brackets"
    assert sentence in text_of(PAGE)
