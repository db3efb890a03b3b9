"""What an error is on the wire: status code and details."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import grpc
from google.rpc import error_details_pb2, status_pb2

from emo_grpc.shared.domain import errors
from emo_grpc.shared.domain.errors import EmoError, InvalidArgument, ResourceExhausted
from emo_grpc.shared.domain.reasons import ErrorReason
from emo_grpc.shared.entrypoints.errors.sentences import sentence

DOMAIN: Final = "emo"
MAX_VIOLATIONS: Final = 20
MAX_TEXT_CHARACTERS: Final = 300
MAX_DETAILS_BYTES: Final = 4096
"""Errors travel in trailers, of which clients take 8 KiB, base64 and all."""

STATUS_CODES: Final[Mapping[type[EmoError], grpc.StatusCode]] = MappingProxyType(
    {
        errors.InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
        errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
        errors.PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
        errors.NotFound: grpc.StatusCode.NOT_FOUND,
        errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
        errors.FailedPrecondition: grpc.StatusCode.FAILED_PRECONDITION,
        errors.Aborted: grpc.StatusCode.ABORTED,
        errors.OutOfRange: grpc.StatusCode.OUT_OF_RANGE,
        errors.ResourceExhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
        errors.DataLoss: grpc.StatusCode.DATA_LOSS,
        errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
        errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
        errors.Unimplemented: grpc.StatusCode.UNIMPLEMENTED,
    }
)

RETRY_AFTER: Final[Mapping[ErrorReason, timedelta]] = MappingProxyType(
    {ErrorReason.ENGINE_UNAVAILABLE: timedelta(seconds=1), ErrorReason.TOO_MANY_CALLS: timedelta(seconds=1)}
)
"""When trying again makes sense, where the error itself does not say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An error as gRPC takes it. `details` is a serialized google.rpc.Status."""

    code: grpc.StatusCode
    message: str
    details: bytes


def status_code(kind: type[EmoError]) -> grpc.StatusCode:
    """The code of the nearest ancestor in the table; INTERNAL if none is there."""
    for ancestor in kind.__mro__:
        if ancestor in STATUS_CODES:
            return STATUS_CODES[ancestor]
    return grpc.StatusCode.INTERNAL


def answer_to(error: EmoError, locale: str) -> Answer:
    """Tell a client of an error, with a sentence for people in their language (`en`, `es`, `ca`)."""
    code, message = status_code(type(error)), short(error.message)
    status = status_pb2.Status(code=code.value[0], message=message)
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=_short_values(error.metadata))
    text = error.sentences.get(locale) or sentence(error.reason, locale) or message
    details = [info, error_details_pb2.LocalizedMessage(locale=locale, message=text)]
    if retry_after := error.retry_after or RETRY_AFTER.get(error.reason):
        details.append(error_details_pb2.RetryInfo(retry_delay=retry_after))
    if isinstance(error, ResourceExhausted) and error.quota_subject:
        violation = error_details_pb2.QuotaFailure.Violation(subject=error.quota_subject, description=message)
        details.append(error_details_pb2.QuotaFailure(violations=[violation]))
    for detail in details:
        status.details.add().Pack(detail)
    if isinstance(error, InvalidArgument) and error.violations:
        _add_violations(status, error)
    return Answer(code, message, status.SerializeToString())


def _add_violations(status: status_pb2.Status, error: InvalidArgument) -> None:
    request = error_details_pb2.BadRequest()
    for violation in error.violations[:MAX_VIOLATIONS]:
        request.field_violations.add(field=short(violation.field), description=short(violation.description))
        if status.ByteSize() + request.ByteSize() > MAX_DETAILS_BYTES:
            del request.field_violations[-1]
            break
    status.details.add().Pack(request)


def short(text: str) -> str:
    """The text, cut where it is longer than MAX_TEXT_CHARACTERS."""
    return text if len(text) <= MAX_TEXT_CHARACTERS else text[: MAX_TEXT_CHARACTERS - 1] + "…"


def _short_values(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: short(value) for key, value in metadata.items()}
