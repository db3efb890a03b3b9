"""Says in a person's words what a proxy has answered instead of the server."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emo_grpc.client import EmoClientError

HTTP_STATUS: Final = re.compile(r"http2 header with status: (\d{3})")
"""How gRPC tells of an answer that no gRPC server gives: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md."""
TOO_LARGE: Final = 413
MEANINGS: Final = {
    404: "it does not pass on what it is asked for",
    413: "it refuses large files; in nginx, client_max_body_size 0 allows any size",
    429: "it refuses so many calls",
    502: "the server behind it does not answer",
    503: "the server behind it does not answer",
    504: "it has waited too long for the server behind it; its time-out is too short",
}


def http_status_of(error: "EmoClientError") -> int | None:
    """The status with which something that is no server of emo has answered; None if it was not so."""
    found = None if error.reason else HTTP_STATUS.search(error.message)
    return int(found.group(1)) if found else None


def sentence_of_proxy(error: "EmoClientError", server: str) -> str | None:
    """What something in between has answered instead of the server, and why; None if nothing has."""
    status = http_status_of(error)
    if status is not None:
        meaning = MEANINGS.get(status, "it does not pass the call on")
        return f"a proxy before the server at {server} has answered with HTTP {status}: {meaning}"
    if error.code.name == "UNKNOWN" and not error.reason:
        return f"what answers at {server} is no server of emo, or a proxy that does not pass gRPC on: {error.message}"
    return None
