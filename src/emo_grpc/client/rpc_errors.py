"""Reads what gRPC raises as the errors of this client."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, LocalizedMessage, RetryInfo
from google.rpc.status_pb2 import Status

from emo.assets.v1.assets_pb2 import AssetFailure
from emo_grpc.client.errors import EmoClientError, FieldViolation
from emo_grpc.client.proxy_answers import answer_of_proxy

STATUS_DETAILS: Final = "grpc-status-details-bin"
"""The trailer that carries google.rpc.Status (the richer error model of gRPC)."""

REQUEST_ID: Final = "x-request-id"
CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
"""Status codes by their numbers."""


def from_rpc(error: grpc.aio.AioRpcError) -> EmoClientError:
    """Read the error's details: ErrorInfo, BadRequest, RetryInfo LocalizedMessage, where they can be read."""
    info, bad_request, retry, localized = ErrorInfo(), BadRequest(), RetryInfo(), LocalizedMessage()
    for detail in _details(error):
        for message in (info, bad_request, retry, localized):
            with suppress(DecodeError):
                detail.Unpack(message)
    answered = None if info.reason else answer_of_proxy(error)
    if answered is not None:
        return answered
    return EmoClientError(
        localized.message or _own_sentence(error) or error.details() or f"the server answered {error.code().name}",
        code=error.code(),
        reason=info.reason,
        violations=[FieldViolation(found.field, found.description) for found in bad_request.field_violations],
        metadata=info.metadata,
        retry_after=_delay(retry),
        request_id=_request_id(error),
    )


def from_failure(failure: AssetFailure) -> EmoClientError:
    """Why something was not done for one asset of many, as the error that a call for it alone would have raised."""
    field, _, description = failure.message.partition(": ")
    is_of_field = failure.code == grpc.StatusCode.INVALID_ARGUMENT.value[0] and description
    return EmoClientError(
        failure.message or failure.reason,
        code=CODES.get(failure.code, grpc.StatusCode.UNKNOWN),
        reason=failure.reason,
        violations=[FieldViolation(field, description)] if is_of_field else (),
        metadata=failure.metadata,
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
