"""How text is found, by what people write and what they type."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.assets.adapters.queries.folding import MAX_WORD, asked, folded, whole, words
from emo_grpc.assets.adapters.queries.terms import MAX_WORDS, terms_of
from emo_grpc.assets.service_layer.expressions import TextField

PAIRS = Path(__file__).parents[2] / "fixtures" / "found_words.tsv"
FOUND = [
    tuple(line.split("\t"))
    for line in PAIRS.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
NOT_FOUND = [
    ("Grandma's birthday", "grand"),
    ("祖母の誕生日", "日誕"),
    ("バス", "ハス"),
    ("मुंबई", "मबई"),
]


def is_found(text: str, query: str, *, is_prefix: bool = False) -> bool:
    said, wanted = words(text), asked(query, is_prefix=is_prefix)
    return bool(wanted) and all(
        any(word.startswith(begin) if goes_on else word == begin for word in said) for begin, goes_on in wanted
    )


@pytest.mark.parametrize(("text", "query"), FOUND)
def test_what_people_type_finds_what_they_wrote(text: str, query: str) -> None:
    """Case, accents, widths and missing spaces do not matter."""
    assert is_found(text, query)


@pytest.mark.parametrize(("text", "query"), NOT_FOUND)
def test_what_is_another_word_finds_nothing(text: str, query: str) -> None:
    """A part of a word, an order that is not there, and marks that make another letter are told apart."""
    assert not is_found(text, query)


@pytest.mark.parametrize("query", ["birth", "誕", "grandma birt", "b"])
def test_the_last_word_may_go_on(query: str) -> None:
    """The beginning of a word finds it when it is asked for as one."""
    assert is_found("Grandma's birthday 誕生日", query, is_prefix=True)


@pytest.mark.parametrize("query", ["", "  ", "!?", "…", "\u0301"])
def test_text_without_words_asks_for_nothing(query: str) -> None:
    """Punctuation has no words."""
    assert asked(query, is_prefix=True) == []


@given(st.text(max_size=30))
def test_a_text_is_found_by_itself(text: str) -> None:
    """Whatever is written finds itself, folded or not, and folding again changes no word."""
    for query in (text, folded(text), text.upper()) if text.isascii() else (text, folded(text)):
        assert is_found(text, query) == bool(words(text))
    assert words(folded(text)) == words(text)
    assert all(0 < len(word) <= MAX_WORD and not word.isspace() for word in words(text))


def test_a_long_word_is_found_by_its_beginning() -> None:
    """What is beyond 64 characters does not matter."""
    assert is_found("x" * 70, "x" * 65)
    assert not is_found("x" * 70, "x" * 63)


def test_text_as_a_whole() -> None:
    """It is compared without regard to case, accents and spaces."""
    assert whole("  The\tLáke ") == whole("the lake")


def test_an_asset_is_found_by_so_many_words_and_those_of_its_title_first() -> None:
    """Of a description that has more words than are kept, the last find nothing; the title is found all the same."""
    many = [first + second + third for first in string.ascii_lowercase for second in "abcdefg" for third in "abcdefg"]
    found = terms_of(((TextField.TITLE, ("the lake",)), (TextField.DESCRIPTION, (" ".join(many),))))
    assert len(many) > MAX_WORDS == len(found.words)
    assert {"the", "lake", many[0], many[MAX_WORDS - 3]} <= found.words
    assert many[MAX_WORDS - 2] not in found.words
    assert f"d {many[MAX_WORDS - 2]}" not in found.terms


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_cut_as_any_other(text: str) -> None:
    """The shorter way for ASCII finds the words that the way for all alphabets finds."""
    assert [*words(text), "祖"] == words(f"{text} 祖")
