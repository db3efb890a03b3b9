"""What an operator must be able to find afterwards: structured lines, none with a secret."""

from typing import Final

import structlog

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.ids import SessionId

LOGGER: Final = "emo.security"


def refresh_token_reused(user_id: UserId, session_id: SessionId) -> None:
    """A spent refresh token was shown, so one of its two holders is a thief."""
    structlog.get_logger(LOGGER).warning(
        "a refresh token was used twice; its session is ended", user_id=str(user_id), session_id=str(session_id)
    )


def user_removed(user_id: UserId, reason: str) -> None:
    """An administrator removed an account."""
    structlog.get_logger(LOGGER).info("an account was removed", user_id=str(user_id), reason=reason)


def goodbye_refused() -> None:
    """Nobody was told that an account is gone."""
    structlog.get_logger(LOGGER).warning("the mail server refused to tell the owner of an account of its removal")


def login_of_damaged_account(user_id: str) -> None:
    """Somebody tried to log in to an account whose record can't be read; they are told that the password is wrong."""
    structlog.get_logger(LOGGER).error("login to a damaged account", user_id=user_id)
