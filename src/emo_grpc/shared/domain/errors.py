"""The errors that a caller can act on, one class for each way of acting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar

from emo_grpc.shared.domain.reasons import ErrorReason


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """What is wrong with one field of a request.

    `field` is its path as in a FieldMask, `description` one human sentence.
    """

    field: str
    description: str


class EmoError(Exception):
    """Root of every error that may be shown to a caller.

    `message` is one English sentence, `metadata` holds facts a program can use (no secret ever), and
    `retry_after` says when trying again makes sense. Where the reason alone does not say it, `sentences` has what
    people read, by language. `locale` is that of the person concerned, if it is known; the caller may ask for another.
    """

    reason: ClassVar[ErrorReason] = ErrorReason.INTERNAL
    sentences: Mapping[str, str] = MappingProxyType({})
    locale: str = ""

    def __init__(
        self,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after


class InvalidArgument(EmoError):
    """The request is wrong whatever the state of the service; `violations` name its fields."""

    reason = ErrorReason.INVALID_ARGUMENT

    def __init__(
        self,
        message: str,
        violations: Sequence[FieldViolation] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, metadata=metadata)
        self.violations = tuple(violations)

    @classmethod
    def of(cls, field: str, description: str) -> "InvalidArgument":
        """Make the error of a single field."""
        return cls(f"{field}: {description}", [FieldViolation(field, description)])


class Unauthenticated(EmoError):
    """It is not proven who the caller is."""


class PermissionDenied(EmoError):
    """The caller is known, and may not."""


class NotFound(EmoError):
    """The thing does not exist, or not for this caller."""


class AlreadyExists(EmoError):
    """The thing exists already."""


class FailedPrecondition(EmoError):
    """The state of the thing does not allow it; trying again does not help by itself."""


class Aborted(EmoError):
    """A concurrent change came first; read again, then try again."""


class OutOfRange(EmoError):
    """An offset lies beyond what there is."""


class ResourceExhausted(EmoError):
    """A limit is reached. `quota_subject`, if any, says whose (`user:<id>`)."""

    def __init__(
        self,
        message: str,
        *,
        quota_subject: str | None = None,
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message, metadata=metadata, retry_after=retry_after)
        self.quota_subject = quota_subject


class DataLoss(EmoError):
    """Bytes are not what they were."""


class Unavailable(EmoError):
    """An engine does not answer now; try again."""

    reason = ErrorReason.ENGINE_UNAVAILABLE


class DeadlineExceeded(EmoError):
    """The caller's own deadline passed before there was an answer, or its request did not come in time."""

    reason = ErrorReason.DEADLINE_EXCEEDED


class Unimplemented(EmoError):
    """This version does not offer it."""

    reason = ErrorReason.NOT_IMPLEMENTED


class ConcurrentChange(Aborted):
    """The stored version is not the one that was read. Nothing was stored; the whole command may be repeated."""

    reason = ErrorReason.CONCURRENT_CHANGE


class EtagMismatch(Aborted):
    """The caller's etag is not the current one (AIP-154)."""

    reason = ErrorReason.ETAG_MISMATCH


class RequestIdReused(AlreadyExists):
    """The request_id was used for a different request (AIP-155)."""

    reason = ErrorReason.REQUEST_ID_REUSED


class InvalidPageToken(InvalidArgument):
    """The page token is damaged, or of another request (AIP-158)."""

    reason = ErrorReason.INVALID_PAGE_TOKEN


class StorageFull(ResourceExhausted):
    """The engine has no room left; nothing was stored."""

    reason = ErrorReason.STORAGE_FULL


class TokenMissing(Unauthenticated):
    """The call carries no access token."""

    reason = ErrorReason.TOKEN_MISSING


class TokenInvalid(Unauthenticated):
    """The token is damaged, wrongly signed or of another kind."""

    reason = ErrorReason.TOKEN_INVALID


class TokenExpired(Unauthenticated):
    """The token's time is over."""

    reason = ErrorReason.TOKEN_EXPIRED


class SessionRevoked(Unauthenticated):
    """The token's session was ended."""

    reason = ErrorReason.SESSION_REVOKED
