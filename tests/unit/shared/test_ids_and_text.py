"""Identifiers and the rules for text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.domain.text import Violations


@given(st.uuids())
def test_id_roundtrip(value: object) -> None:
    """The canonical text, in either case, is read back as the same id; two kinds of id never are the same."""
    parsed = UserId.parse(str(value), "user_id")
    assert str(parsed) == str(value)
    assert UserId.parse(str(value).upper(), "user_id") == parsed
    assert {parsed}.isdisjoint({RequestId(parsed.value)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "6f2c1d5e0b7a4c1e9d550a5c2f3e4b6d",
        "{6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d}",
        "urn:uuid:6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d",
        "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d\n",
    ],
)
def test_bad_id(text: str) -> None:
    """Any other text is refused, with the name of the field."""
    with pytest.raises(InvalidArgument) as caught:
        UserId.parse(text, "user_id")
    assert [violation.field for violation in caught.value.violations] == ["user_id"]


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "blank"),
        (" \t", "blank"),
        ("ab", "at least 3"),
        ("x" * 11, "at most 10 characters, has 11"),
        ("abc\x00", "control"),
        ("abc\n", "control"),
        ("abc\x7f", "control"),
        ("abc\x85", "control"),
        ("abc\ud800", "control"),
    ],
)
def test_bad_text(value: str, complaint: str) -> None:
    """Blank, short, long and unprintable text is named."""
    found = Violations()
    found.text("title", value, minimum=3, maximum=10)
    with pytest.raises(InvalidArgument, match=complaint):
        found.raise_if_any()


@pytest.mark.parametrize("value", ["abc", "ñandú", "👩‍👩‍👧", "x" * 10])
def test_good_text(value: str) -> None:
    """Text of every script is welcome, counted in characters."""
    found = Violations()
    found.text("title", value, minimum=3, maximum=10)
    found.text("description", "", maximum=10)
    found.text("description", "a\n\tb", maximum=10, multiline=True)
    found.add("other", "is odd")
    with pytest.raises(InvalidArgument) as caught:
        found.raise_if_any()
    assert [violation.field for violation in caught.value.violations] == ["other"]


def test_all_at_once() -> None:
    """Everything that is wrong is told at once, what parsers find too."""
    found = Violations()
    found.add("a", "is odd")
    found.text("b", "xx", maximum=1)
    found.parse(lambda: UserId.parse("x", "c"))
    found.parse(lambda: None)
    with pytest.raises(InvalidArgument) as caught:
        found.raise_if_any()
    assert [violation.field for violation in caught.value.violations] == ["a", "b", "c"]
