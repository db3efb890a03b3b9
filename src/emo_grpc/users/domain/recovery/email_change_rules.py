"""How an account changes its address: what is asked for, confirmed from the new one, and undone from the old one."""

from datetime import datetime
from typing import Final

from emo_grpc.users.domain.events import EmailChanged, EmailChangeRequested, EmailChangeUndone, EmailSet
from emo_grpc.users.domain.recovery.account_tokens import binding_of
from emo_grpc.users.domain.recovery.email_changes import EmailChange, EmailChanges
from emo_grpc.users.domain.recovery.errors import EmailTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeSecret, OneTimeTokens, TokenPurpose
from emo_grpc.users.domain.user import User, UserState

CONFIRMATION: Final = "confirmation_token"
UNDO: Final = "undo_token"
"""The fields that the tokens come in."""


def request_email_change(user: User, email: str, now: datetime) -> None:
    """Let this address wait until its owner confirms it, in place of another one; raises TooManyEmailChanges."""
    user.email_changes = user.email_changes.asked_for(email, now)
    user.tokens = user.tokens.without(TokenPurpose.CONFIRM_EMAIL)
    change = user.email_changes.pending
    assert change is not None  # noqa: S101 - it was just put there
    user.record(EmailChangeRequested(user.user_id, change.change_id))


def confirmed_change(user: User, secret: OneTimeSecret, now: datetime) -> EmailChange:
    """The change that this token confirms; raises EmailTokenInvalid."""
    change = user.email_changes.pending
    if user.state is not UserState.ACTIVE or change is None:
        raise EmailTokenInvalid(CONFIRMATION)
    if not user.tokens.has(binding_of(user, TokenPurpose.CONFIRM_EMAIL, change), secret, now):
        raise EmailTokenInvalid(CONFIRMATION)
    return change


def confirm_email_change(user: User, secret: OneTimeSecret, now: datetime) -> None:
    """Have the address that waits; raises EmailTokenInvalid. Tokens that were mailed to the old one end."""
    change = confirmed_change(user, secret, now)
    user.email_changes = user.email_changes.confirmed(change, user.email, now)
    user.email = change.email
    user.tokens = user.tokens.only_undoing()
    user.update_time = now
    user.record(EmailChanged(user.user_id, change.change_id))


def undone_change(user: User, secret: OneTimeSecret, now: datetime) -> EmailChange:
    """The change that this token undoes; raises EmailTokenInvalid."""
    for change in user.email_changes.former:
        if user.tokens.has(binding_of(user, TokenPurpose.UNDO_EMAIL, change), secret, now):
            return change
    raise EmailTokenInvalid(UNDO)


def undo_email_change(user: User, secret: OneTimeSecret, locked: str, now: datetime) -> None:
    """Have the address of before that change, and `locked`, the hash of a password that nobody knows.

    Raises EmailTokenInvalid. Later changes are gone with it, and the tokens that would undo them: they went to
    the mailboxes of whoever made them. Those of earlier ones stay.
    """
    change = undone_change(user, secret, now)
    user.email_changes = user.email_changes.undone(change)
    user.email = change.email
    user.replace_password(locked, now)
    user.tokens = user.tokens.only_undoing(user.email_changes.former_ids)
    user.record(EmailChangeUndone(user.user_id))


def set_email(user: User, email: str, locked: str, now: datetime) -> None:
    """Have the address that the operator gives, and `locked`, the hash of a password that nobody knows.

    No mailed token is good any more, also none that undoes a change: the addresses before may be a thief's.
    """
    user.email = email
    user.email_changes = EmailChanges()
    user.replace_password(locked, now)
    user.tokens = OneTimeTokens()
    user.record(EmailSet(user.user_id))


def forget_ended_changes(user: User, now: datetime) -> None:
    """Keep neither the addresses of changes whose time is over nor their tokens."""
    user.email_changes = user.email_changes.still_open(now)
    user.tokens = user.tokens.still_good(now)
