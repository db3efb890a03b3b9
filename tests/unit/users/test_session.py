"""The rotation of refresh tokens."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.errors import RefreshTokenInvalid, RefreshTokenReused
from emo_grpc.users.domain.secrets import RefreshToken
from emo_grpc.users.domain.session import REFRESH_LIFETIME, Session

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@given(rotations=st.integers(1, 12), shown=st.integers(0, 11), gap=st.timedeltas(timedelta(0), timedelta(days=29)))
def test_only_the_latest_token_goes_on(rotations: int, shown: int, gap: timedelta) -> None:
    """However often it was rotated, the latest token goes on and every earlier one is known as spent."""
    session, token = Session.begin(UserId.new(), "phone", frozenset(), NOW)
    issued, now = [token], NOW
    for _ in range(rotations):
        now += gap
        issued.append(session.rotate(RefreshToken.parse(issued[-1].text), now))
    earlier = issued[shown % rotations]
    before = (session.token_hash, session.expire_time)
    with pytest.raises(RefreshTokenReused):
        session.rotate(RefreshToken.parse(earlier.text), now)
    assert (session.token_hash, session.expire_time) == before
    assert session.expire_time == now + REFRESH_LIFETIME
    session.rotate(issued[-1], now)


@given(text=st.text(max_size=150))
def test_any_text_is_refused_in_order(text: str) -> None:
    """Whatever is shown as a refresh token is read or refused, never a crash."""
    with pytest.raises(RefreshTokenInvalid):
        RefreshToken.parse(text)


@given(position=st.integers(22, 106))
def test_no_character_can_be_changed(position: int) -> None:
    """A token with one other character goes nowhere."""
    session, token = Session.begin(UserId.new(), "", frozenset(), NOW)
    other = "A" if token.text[position] != "A" else "B"
    with pytest.raises((RefreshTokenInvalid, RefreshTokenReused)):
        session.rotate(RefreshToken.parse(token.text[:position] + other + token.text[position + 1 :]), NOW)


def test_secrets_stay_out_of_print() -> None:
    """Neither a session nor a token prints what is secret."""
    session, token = Session.begin(UserId.new(), "", frozenset(), NOW)
    assert session.token_hash not in repr(session)
    assert repr(token.secret) not in repr(token)
