"""What goes wrong, as one typed error."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, LocalizedMessage, RetryInfo
from google.rpc.status_pb2 import Status

STATUS_DETAILS: Final = "grpc-status-details-bin"
"""The trailer that carries google.rpc.Status (the richer error model of gRPC)."""

REQUEST_ID: Final = "x-request-id"


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """What is wrong with one field of the request: its path as in a FieldMask, and one sentence."""

    field: str
    description: str


class EmoClientError(Exception):
    """A call that failed.

    `code` is the gRPC status code. `reason` is a name of `emo.errors.v1.ErrorReason` without its prefix, empty when
    the server gave none. `message` is one sentence for people. `violations` name the wrong fields, `metadata` holds
    facts of the reason, `retry_after` is when trying again makes sense, `request_id` finds the call in the log of the
    server.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode,
        reason: str = "",
        violations: Sequence[FieldViolation] = (),
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.violations = tuple(violations)
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after
        self.request_id = request_id


class NotLoggedIn(EmoClientError):
    """The call needs a login, and there is none, or it has ended."""

    def __init__(self, message: str = "you are not logged in", *, reason: str = "TOKEN_MISSING") -> None:
        super().__init__(message, code=grpc.StatusCode.UNAUTHENTICATED, reason=reason)


class SourceChanged(EmoClientError):
    """The file changed on disk while it was uploaded, so what the server holds is a mixture."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=grpc.StatusCode.FAILED_PRECONDITION)


class SourceSpent(EmoClientError):
    """The server lacks bytes of a stream that came so long ago that they are not kept any more."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=grpc.StatusCode.FAILED_PRECONDITION)


class TargetExists(EmoClientError):
    """The target of a download exists already, or is being written by another download."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=grpc.StatusCode.ALREADY_EXISTS)


class DownloadUnderWay(TargetExists):
    """Another download is writing the target right now."""


class ChecksumMismatch(EmoClientError):
    """Bytes did not arrive as they were sent, again and again."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, code=grpc.StatusCode.DATA_LOSS, reason=reason)


def from_rpc(error: grpc.aio.AioRpcError) -> EmoClientError:
    """Read the error's details: ErrorInfo, BadRequest, RetryInfo LocalizedMessage, where they can be read."""
    info, bad_request, retry, localized = ErrorInfo(), BadRequest(), RetryInfo(), LocalizedMessage()
    for detail in _details(error):
        for message in (info, bad_request, retry, localized):
            with suppress(DecodeError):
                detail.Unpack(message)
    return EmoClientError(
        localized.message or _own_sentence(error) or error.details() or f"the server answered {error.code().name}",
        code=error.code(),
        reason=info.reason,
        violations=[FieldViolation(found.field, found.description) for found in bad_request.field_violations],
        metadata=info.metadata,
        retry_after=_delay(retry),
        request_id=_request_id(error),
    )


def _own_sentence(error: grpc.aio.AioRpcError) -> str:
    """For what gRPC refuses by itself, at the server or here, before emo sees it."""
    if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED or "larger than max" not in (error.details() or ""):
        return ""
    if (error.details() or "").startswith("CLIENT"):
        return "the answer is larger than this client takes: ask for less at once, such as a smaller page_size"
    return "the request is larger than the 4 MiB that a server takes: shorten what it says"


@contextmanager
def typed_errors(stalled: str) -> Iterator[None]:
    """Raise what a stream can raise as EmoClientError; `stalled` is the sentence of a TimeoutError."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from error
    except TimeoutError as error:
        raise EmoClientError(stalled, code=grpc.StatusCode.DEADLINE_EXCEEDED) from error
    except asyncio.CancelledError as error:
        # gRPC raises it also when the other side cancels the stream under a read or a write.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise EmoClientError("the stream was cancelled", code=grpc.StatusCode.CANCELLED) from error


def _details(error: grpc.aio.AioRpcError) -> list[Any]:
    for key, value in error.trailing_metadata() or ():
        if key == STATUS_DETAILS and isinstance(value, bytes):
            with suppress(DecodeError):
                return list(Status.FromString(value).details)
    return []


def _delay(retry: RetryInfo) -> timedelta | None:
    with suppress(ValueError, OverflowError):  # a Duration is at most 10,000 years
        return retry.retry_delay.ToTimedelta() if retry.HasField("retry_delay") else None
    return None


def _request_id(error: grpc.aio.AioRpcError) -> str:
    for metadata in (error.trailing_metadata(), error.initial_metadata()):
        for key, value in metadata or ():
            if key == REQUEST_ID:
                return str(value)
    return ""
