"""What goes wrong, as one typed error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import grpc

from emo_grpc.client.obstacles import Obstacle
from emo_grpc.client.proxies import Proxy


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


class ProxyAnswered(EmoClientError):
    """Something has answered in place of the server: a proxy before it, or another program at its address.

    `http_status` is what it has answered with (RFC 9110, section 15); `code` is what gRPC makes of that.
    """

    def __init__(self, message: str, *, code: grpc.StatusCode, http_status: int) -> None:
        super().__init__(message, code=code)
        self.http_status = http_status


class Unreachable(EmoClientError):
    """No server was reached.

    `obstacle` is what is known to be in the way; `proxy` is the one that the way goes through, of which gRPC tells no
    more. None = not known.
    """

    def __init__(self, message: str, *, obstacle: Obstacle | None = None, proxy: Proxy | None = None) -> None:
        super().__init__(message, code=grpc.StatusCode.UNAVAILABLE)
        self.obstacle = obstacle
        self.proxy = proxy
