"""The tokens of an account: how one is made, what it is bound to, and how it activates."""

from datetime import datetime
from typing import Final

from emo_grpc.users.domain.recovery.email_changes import EmailChange
from emo_grpc.users.domain.recovery.errors import ActivationTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import LIFETIMES, Binding, Minted, OneTimeSecret, TokenPurpose
from emo_grpc.users.domain.user import PENDING_LIFETIME, User, UserState

BY_OPERATOR: Final = "operator"
"""The subject of what the operator hands over: mails that strangers ask for must not push it out."""


def mint_token(
    user: User, purpose: TokenPurpose, now: datetime, change: EmailChange | None = None, *, subject: str = ""
) -> Minted:
    """Let it have one more token for this, or for this change of address; gives it with when its time is over."""
    secret = OneTimeSecret.mint(user.user_id)
    last = change.until if change else now + LIFETIMES[purpose]
    if purpose is TokenPurpose.ACTIVATE:
        last = user.create_time + PENDING_LIFETIME
    expire_time = min(now + LIFETIMES[purpose], last)
    user.tokens = user.tokens.with_one(binding_of(user, purpose, change, subject=subject), secret, expire_time, now)
    return secret, expire_time


def binding_of(user: User, purpose: TokenPurpose, change: EmailChange | None = None, *, subject: str = "") -> Binding:
    """What a token for this stands or falls with now.

    The count of changes stands for the password, whose hash a login may make anew. What undoes a change of address
    depends on nothing that a thief can change.
    """
    subject, addresses = (subject, ()) if change is None else (str(change.change_id), (change.email,))
    if purpose is TokenPurpose.UNDO_EMAIL:
        return Binding(purpose, user.user_id, subject, addresses)
    return Binding(purpose, user.user_id, subject, (str(user.password_changes), user.email, *addresses))


def activate(user: User, secret: OneTimeSecret, now: datetime) -> None:
    """Become ACTIVE by a mailed token; raises ActivationTokenInvalid."""
    is_known = user.tokens.has(binding_of(user, TokenPurpose.ACTIVATE), secret, now)
    if user.state is not UserState.PENDING or not is_known:
        raise ActivationTokenInvalid
    user.change_state(UserState.ACTIVE, now)
