"""Attacks on accounts by the tokens that are mailed for them.

Each is refused with its reason, is told of in the audit trail of the account, and changes nothing. What callers try who
are in, services, and whoever speaks in the name of issuers, is in `attacks_on_identity/`.
"""

import pytest

from e2e.attacks_on_identity.caller import endings
from e2e.attacks_on_identity.target import Person, Target, refused
from rpc.vault import PASSWORD

NEW = "battery staple"
FIELDS = {
    "ActivateUser": "activation_token",
    "ResetPassword": "reset_token",
    "ConfirmEmailChange": "confirmation_token",
    "UndoEmailChange": "undo_token",
}
"""The RPCs that take mailed tokens, and in which field."""
COMMANDS = {
    "ActivateUser": "emo activate",
    "ResetPassword": "emo reset-password",
    "ConfirmEmailChange": "emo account confirm-email",
    "UndoEmailChange": "emo account undo-email",
}
"""By which a mail says what its token is for."""
REASONS = {
    "ActivateUser": "ACTIVATION_TOKEN_INVALID",
    "ResetPassword": "RESET_TOKEN_INVALID",
    "ConfirmEmailChange": "EMAIL_TOKEN_INVALID",
    "UndoEmailChange": "EMAIL_TOKEN_INVALID",
}
AT_ONCE = 20


def use_of(rpc: str, token: str) -> dict[str, str]:
    """The fields of a request with this token."""
    return {FIELDS[rpc]: token} | ({"new_password": NEW} if rpc == "ResetPassword" else {})


def attempt(target: Target, person: Person, token: str, *rpcs: str) -> None:
    """Try a token that is good for none of these."""
    with target.unchanged(person, *(refused(rpc, REASONS[rpc]) for rpc in rpcs)):
        for rpc in rpcs:
            assert target.caller.attempt(rpc, **use_of(rpc, token)) == f"INVALID_ARGUMENT {REASONS[rpc]}", rpc


def attempt_elsewhere(target: Target, person: Person, purpose: str, token: str) -> None:
    """Try one for all other purposes, and as a token of any other kind."""
    attempt(target, person, token, *(rpc for rpc in FIELDS if rpc != purpose))
    with target.unchanged(person):
        assert target.caller.with_token(token).attempt("GetMe") == "UNAUTHENTICATED TOKEN_INVALID"
        assert target.caller.attempt("RefreshTokens", refresh_token=token) == "UNAUTHENTICATED REFRESH_TOKEN_INVALID"


def activated(target: Target, name: str) -> Person:
    """Somebody who has come in by the mail."""
    person = target.newcomer(name)
    token = target.mailed_token(person.email, COMMANDS["ActivateUser"])
    target.caller.call("ActivateUser", activation_token=token)
    person.caller = target.logged_in(person.username)
    return person


def reset_token(target: Target, person: Person) -> str:
    target.caller.call("RequestPasswordReset", email=person.email)
    return target.mailed_token(person.email, COMMANDS["ResetPassword"])


def confirmation_token(target: Target, person: Person) -> str:
    """One by which the account gets another address."""
    address = f"new-{person.email}"
    person.caller.call("RequestEmailChange", new_email=address)
    return target.mailed_token(address, COMMANDS["ConfirmEmailChange"])


def undo_token(target: Target, person: Person) -> str:
    """One by which the account gets the address back that it had before."""
    target.caller.call("ConfirmEmailChange", confirmation_token=confirmation_token(target, person))
    return target.mailed_token(person.email, COMMANDS["UndoEmailChange"])


def test_activation_tokens(target: Target) -> None:
    """One is good for its purpose, once, and not after a reset has activated the account."""
    ann, bob = target.newcomer("ann"), target.newcomer("bob")
    token, other = (target.mailed_token(each.email, COMMANDS["ActivateUser"]) for each in (ann, bob))
    attempt_elsewhere(target, ann, "ActivateUser", token)
    target.caller.call("ActivateUser", activation_token=token)
    attempt(target, ann, token, "ActivateUser")
    target.caller.call("ResetPassword", reset_token=reset_token(target, bob), new_password=NEW)
    attempt(target, bob, other, "ActivateUser")


def test_reset_tokens(target: Target) -> None:
    """One is good for its purpose, once, and not after the password was changed."""
    ann = activated(target, "ann")
    token, other = reset_token(target, ann), reset_token(target, ann)
    attempt_elsewhere(target, ann, "ResetPassword", token)
    target.caller.call("ResetPassword", reset_token=token, new_password=NEW)
    ann.caller = target.logged_in(ann.username, NEW)
    attempt(target, ann, token, "ResetPassword")
    attempt(target, ann, other, "ResetPassword")
    token = reset_token(target, ann)
    ann.caller.call("ChangePassword", old_password=NEW, new_password=PASSWORD)
    attempt(target, ann, token, "ResetPassword")
    target.logged_in(ann.username)


def test_tokens_of_a_change_of_address(target: Target) -> None:
    """They are good for their purpose, once, and those of the new address not after the password was changed."""
    ann = activated(target, "ann")
    token = confirmation_token(target, ann)
    ann.caller.call("ChangePassword", old_password=PASSWORD, new_password=NEW)
    attempt(target, ann, token, "ConfirmEmailChange")
    token = confirmation_token(target, ann)
    attempt_elsewhere(target, ann, "ConfirmEmailChange", token)
    target.caller.call("ConfirmEmailChange", confirmation_token=token)
    undo = target.mailed_token(ann.email, COMMANDS["UndoEmailChange"])
    attempt(target, ann, token, "ConfirmEmailChange")
    attempt_elsewhere(target, ann, "UndoEmailChange", undo)
    target.caller.call("UndoEmailChange", undo_token=undo)
    target.mailed_token(ann.email, COMMANDS["ResetPassword"])
    ann.caller = target.caller
    attempt(target, ann, undo, "UndoEmailChange")


@pytest.mark.parametrize("rpc", FIELDS)
def test_of_many_uses_at_once_one_counts(target: Target, rpc: str) -> None:
    """All others are refused, each with its reason and its entry."""
    ann = target.newcomer("ann") if rpc == "ActivateUser" else activated(target, "ann")
    if rpc == "ActivateUser":
        token = target.mailed_token(ann.email, COMMANDS[rpc])
    else:
        mint = {"ResetPassword": reset_token, "ConfirmEmailChange": confirmation_token, "UndoEmailChange": undo_token}
        token = mint[rpc](target, ann)
    with target.told(ann, *[refused(rpc, REASONS[rpc])] * (AT_ONCE - 1)):
        calls = [target.caller.begin(rpc, **use_of(rpc, token)) for _ in range(AT_ONCE)]
        assert endings(calls) == [f"INVALID_ARGUMENT {REASONS[rpc]}"] * (AT_ONCE - 1) + ["OK"]
