"""What mailed tokens are bound to. Each bond holds by itself, though most faults would be caught by two."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.recovery.account_tokens import binding_of, mint_token
from emo_grpc.users.domain.recovery.errors import ResetTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import (
    Binding,
    OneTimeSecret,
    OneTimeToken,
    OneTimeTokens,
    TokenPurpose,
)
from emo_grpc.users.domain.recovery.password_reset_rules import check_reset
from emo_grpc.users.domain.user import User, UserState

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ANA = UserId.new()
BINDING = Binding(TokenPurpose.RESET_PASSWORD, ANA, "change", ("0", "ana@example.org"))


def account() -> User:
    """One with a token for each purpose that needs no change of address."""
    ana = User.create(username="ana", email="ana@example.org", password_hash="h", state=UserState.ACTIVE, now=NOW)
    for purpose in (TokenPurpose.RESET_PASSWORD, TokenPurpose.UNDO_EMAIL):
        mint_token(ana, purpose, NOW)
    return ana


@pytest.mark.parametrize(
    "other",
    [
        replace(BINDING, purpose=TokenPurpose.ACTIVATE),
        replace(BINDING, user_id=UserId.new()),
        replace(BINDING, subject=""),
        replace(BINDING, state=("1", "ana@example.org")),
        replace(BINDING, state=("0", "ana@example.com")),
        replace(BINDING, subject="change0", state=("", "ana@example.org")),
        replace(BINDING, state=("0ana@example.org",)),
    ],
)
def test_every_bond_is_in_the_hash(other: Binding) -> None:
    """Whatever is another, and however it is cut, the hash is another one."""
    secret = OneTimeSecret.mint(ANA)
    assert secret.hash_for(BINDING) != secret.hash_for(other)
    assert OneTimeSecret.mint(ANA).hash_for(BINDING) != secret.hash_for(BINDING)


def test_the_hash_is_that_of_stored_documents() -> None:
    """It never changes, or mailed tokens would be worthless in the next release."""
    user_id = UserId.parse("6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d", "user_id")
    binding = Binding(TokenPurpose.ACTIVATE, user_id, state=("0", "é@b.c"))
    assert binding.hash("ab" * 32) == "e3a66b53031c5b56fc6db6dfc154a94494cbb728774212d7a77280b1a1979f3d"


def test_the_purpose_is_compared_too() -> None:
    """A token that is kept for one purpose is none for another, even with the hash of that one."""
    secret = OneTimeSecret.mint(ANA)
    kept = OneTimeToken(TokenPurpose.ACTIVATE, "", secret.hash_for(BINDING), NOW + timedelta(hours=1))
    assert not OneTimeTokens((kept,)).has(BINDING, secret, NOW)
    assert OneTimeTokens((replace(kept, purpose=BINDING.purpose),)).has(BINDING, secret, NOW)


def test_texts_are_read_back() -> None:
    """They are 64 characters, and name the account."""
    secret = OneTimeSecret.mint(ANA)
    assert len(secret.text) == 64
    assert OneTimeSecret.parse(secret.text, ValueError) == secret
    assert len(secret.secret) * 8 == 256


def test_a_new_password_drops_tokens_and_is_counted() -> None:
    """All but those that undo a change of address."""
    ana = account()
    before = binding_of(ana, TokenPurpose.RESET_PASSWORD)
    ana.change_password("other", NOW)
    assert [token.purpose for token in ana.tokens.tokens] == [TokenPurpose.UNDO_EMAIL]
    assert binding_of(ana, TokenPurpose.RESET_PASSWORD) != before
    assert binding_of(ana, TokenPurpose.UNDO_EMAIL) == binding_of(account_like(ana), TokenPurpose.UNDO_EMAIL)


def account_like(user: User) -> User:
    """The same account with another password and address."""
    return replace(user, password_changes=9, email="thief@example.com")


def test_a_new_hash_drops_nothing() -> None:
    """It is the same password."""
    ana = account()
    tokens, binding = ana.tokens, binding_of(ana, TokenPurpose.RESET_PASSWORD)
    ana.rehash_password("other")
    assert (ana.tokens, binding_of(ana, TokenPurpose.RESET_PASSWORD)) == (tokens, binding)


def test_a_disabled_account_takes_no_token() -> None:
    """Even one that was not dropped."""
    ana = account()
    secret, _ = mint_token(ana, TokenPurpose.RESET_PASSWORD, NOW)
    check_reset(ana, secret, NOW)
    ana.state = UserState.DISABLED
    with pytest.raises(ResetTokenInvalid):
        check_reset(ana, secret, NOW)
