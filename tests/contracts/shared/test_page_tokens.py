"""The contract of page tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.shared.adapters.crypto.sealed_page_tokens import SealedPageTokens
from emo_grpc.shared.domain.errors import InvalidArgument, InvalidPageToken
from emo_grpc.shared.service_layer.page_tokens import PageSize

TOKENS = SealedPageTokens(bytes(range(32)))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
scalars = st.one_of(st.none(), st.text(max_size=200), st.integers(), st.floats(allow_nan=False))
cursors = st.lists(scalars, max_size=5)


def test_long_cursor() -> None:
    """A sort key of 1,000 characters of any script fits into a token."""
    assert TOKENS.open(TOKENS.seal(["\U0001f600" * 1000, 1.5, None], ""), "") == ["\U0001f600" * 1000, 1.5, None]


@given(cursors, st.text(max_size=1000))
def test_roundtrip(cursor: list[str | int | float | None], binding: str) -> None:
    """A token gives back what was sealed, also after a restart with the same secret."""
    if not binding.isascii():
        binding = binding.encode("utf-8", "replace").decode()
    token = TOKENS.seal(cursor, binding)
    assert set(token) <= set(ALPHABET)
    assert SealedPageTokens(bytes(range(32))).open(token, binding) == cursor


@given(cursors, st.data())
def test_any_change_is_refused(cursor: list[str | int | float | None], data: st.DataObject) -> None:
    """A token with any one character changed, added or dropped does not open."""
    token = TOKENS.seal(cursor, "binding")
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([*ALPHABET, "=", "!", "é", ""]))
    changed = data.draw(
        st.sampled_from(
            [token[:place] + other + token[place + 1 :], token[:place] + other + token[place:], token[:place]]
        )
    )
    if changed != token:
        with pytest.raises(InvalidPageToken):
            TOKENS.open(changed, "binding")


@given(cursors, st.text(), st.text())
def test_other_binding_is_refused(cursor: list[str | int | float | None], one: str, other: str) -> None:
    """A token opens for the request it was given for, and for no other."""
    one, other = (text.encode("utf-8", "replace").decode() for text in (one, other))
    if one != other:
        with pytest.raises(InvalidPageToken):
            TOKENS.open(TOKENS.seal(cursor, one), other)


def test_other_secret_is_refused() -> None:
    """A token of another server's secret does not open."""
    with pytest.raises(InvalidPageToken):
        SealedPageTokens(bytes(32)).open(TOKENS.seal(["x"], ""), "")


@pytest.mark.parametrize("token", ["", "x", "=", "A" * 9000, "\ud800"])
def test_garbage(token: str) -> None:
    """Anything that never was a token is refused."""
    with pytest.raises(InvalidPageToken):
        TOKENS.open(token, "")


@pytest.mark.parametrize(("asked", "given_size"), [(0, 50), (1, 1), (100, 100), (101, 100)])
def test_page_size(asked: int, given_size: int) -> None:
    """0 is the default, and more than the maximum is the maximum (AIP-158)."""
    assert PageSize(default=50, maximum=100).of(asked) == given_size


def test_negative_page_size() -> None:
    """Less than nothing is refused, by the name of the field (AIP-158)."""
    with pytest.raises(InvalidArgument) as caught:
        PageSize(default=50, maximum=100).of(-1, "limit")
    assert [violation.field for violation in caught.value.violations] == ["limit"]


@pytest.mark.parametrize("added", ["!", "=", "é", "\n", "A"])
def test_one_text_a_token(added: str) -> None:
    """What base64 would read past is refused too."""
    token = TOKENS.seal(["x"], "")
    for place in range(len(token) + 1):
        with pytest.raises(InvalidPageToken):
            TOKENS.open(token[:place] + added + token[place:], "")
