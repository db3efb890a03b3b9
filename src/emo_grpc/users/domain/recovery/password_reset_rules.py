"""Another password by a token: what it needs, and what follows."""

from datetime import datetime

from emo_grpc.users.domain.recovery.account_tokens import BY_OPERATOR, binding_of
from emo_grpc.users.domain.recovery.errors import ResetTokenInvalid
from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeSecret, TokenPurpose
from emo_grpc.users.domain.user import User, UserState


def check_reset(user: User, secret: OneTimeSecret, now: datetime) -> None:
    """Raise ResetTokenInvalid unless this token is good for another password."""
    bindings = (binding_of(user, TokenPurpose.RESET_PASSWORD, subject=subject) for subject in ("", BY_OPERATOR))
    is_known = any(user.tokens.has(binding, secret, now) for binding in bindings)
    if user.state is UserState.DISABLED or not is_known:
        raise ResetTokenInvalid


def reset_password(user: User, secret: OneTimeSecret, password_hash: str, now: datetime) -> None:
    """Have another password by a token; raises ResetTokenInvalid.

    It was mailed, as an activation token is, so a PENDING account becomes ACTIVE.
    """
    check_reset(user, secret, now)
    user.change_password(password_hash, now)
    if user.state is UserState.PENDING:
        user.change_state(UserState.ACTIVE, now)
