"""What can go wrong with accounts and sessions."""

from datetime import timedelta

from emo_grpc.shared.domain.errors import (
    AlreadyExists,
    DataLoss,
    FailedPrecondition,
    FieldViolation,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.reasons import ErrorReason
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.weakness import Weakness


class InvalidCredentials(Unauthenticated):
    """No such user, or another password; which of the two is never told."""

    reason = ErrorReason.INVALID_CREDENTIALS

    def __init__(self) -> None:
        super().__init__("no user with this name and password")


class LoginThrottled(ResourceExhausted):
    """Too many failed logins of one account or from one peer."""

    reason = ErrorReason.LOGIN_THROTTLED

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many failed logins; wait a while", retry_after=retry_after)


class UserNotActivated(FailedPrecondition):
    """The account waits for its activation."""

    reason = ErrorReason.USER_NOT_ACTIVATED

    def __init__(self) -> None:
        super().__init__("this account waits for its activation; see the mail that was sent")


class UserDisabled(PermissionDenied):
    """An administrator disabled the account."""

    reason = ErrorReason.USER_DISABLED

    def __init__(self) -> None:
        super().__init__("this account was disabled by an administrator")


class UserNotFound(NotFound):
    """No such user."""

    reason = ErrorReason.USER_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("there is no such user")


class UsernameTaken(AlreadyExists):
    """Another account has this username."""

    reason = ErrorReason.USERNAME_TAKEN

    def __init__(self) -> None:
        super().__init__("this username is taken")


class EmailTaken(AlreadyExists):
    """Another account has this e-mail address, which is compared as a mailbox."""

    reason = ErrorReason.EMAIL_TAKEN

    def __init__(self) -> None:
        super().__init__("this e-mail address is taken")


class PasswordTooWeak(InvalidArgument):
    """The new password would be guessed soon; `weakness` says why."""

    reason = ErrorReason.PASSWORD_TOO_WEAK

    def __init__(self, field: str, weakness: Weakness, locale: str) -> None:
        violation = FieldViolation(field, f"is too easy to guess. {weakness.why['en']}")
        super().__init__(f"{violation.field}: {violation.description}", [violation])
        self.sentences = weakness.sentences
        self.locale = locale


class SessionNotFound(NotFound):
    """No such session of this user."""

    reason = ErrorReason.SESSION_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("there is no such session")


class RefreshTokenInvalid(Unauthenticated):
    """The refresh token is unknown, expired or revoked."""

    reason = ErrorReason.REFRESH_TOKEN_INVALID

    def __init__(self) -> None:
        super().__init__("this refresh token is not valid; log in again")


class RefreshTokenReused(Unauthenticated):
    """The refresh token was used before; its session is ended."""

    reason = ErrorReason.REFRESH_TOKEN_REUSED

    def __init__(self) -> None:
        super().__init__("this refresh token was used before, so its session was ended; log in again")


class IdentityNotLinked(NotFound):
    """No account belongs to whom the issuer vouches for, and none may be made or linked for them."""

    reason = ErrorReason.IDENTITY_NOT_LINKED

    def __init__(self) -> None:
        super().__init__("no account is linked to this identity; ask whoever runs the service to link yours")


class IdentityEmailNotVerified(FailedPrecondition):
    """An account could be made or linked, if the issuer said that the e-mail address is verified."""

    reason = ErrorReason.IDENTITY_EMAIL_NOT_VERIFIED

    def __init__(self) -> None:
        super().__init__("the issuer does not say that your e-mail address is verified; verify it there")


class IssuerUnavailable(Unavailable):
    """The keys of the issuer can't be had now."""

    reason = ErrorReason.ISSUER_UNAVAILABLE

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("the issuer of this token can't be asked for its keys now", retry_after=retry_after)


class PasswordLoginOff(FailedPrecondition):
    """Everybody comes with a token of a trusted issuer."""

    reason = ErrorReason.PASSWORD_LOGIN_OFF

    def __init__(self) -> None:
        super().__init__("nobody logs in with a password here; exchange a token of a trusted issuer")


class LastAdmin(FailedPrecondition):
    """The change would leave no active administrator."""

    reason = ErrorReason.LAST_ADMIN

    def __init__(self) -> None:
        super().__init__("this is the last active administrator; make another one first")


class UserRecordCorrupt(DataLoss):
    """What the database has of an account can't be read any more."""

    reason = ErrorReason.USER_RECORD_CORRUPT

    def __init__(self, user_id: UserId) -> None:
        super().__init__(
            "what is known of this account was damaged in the database", metadata={"user_id": str(user_id)}
        )


class SessionRecordCorrupt(DataLoss):
    """What the database has of a session can't be read any more."""

    reason = ErrorReason.SESSION_RECORD_CORRUPT

    def __init__(self, session_id: SessionId) -> None:
        super().__init__(
            "what is known of this session was damaged in the database", metadata={"session_id": str(session_id)}
        )
