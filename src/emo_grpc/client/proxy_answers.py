"""Recognizes what has answered instead of the server."""

import re
from typing import Final

import grpc

from emo_grpc.client.errors import ProxyAnswered

HTTP_STATUS: Final = re.compile(r"http2 header with status: (\d{3})")
"""How gRPC tells of an answer that no gRPC server gives; pages that come with it are dropped. It gives each a status
code: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md."""
MEANINGS: Final = {
    400: "it does not understand what it is asked for",
    401: "it wants a login of its own",
    403: "it does not let this call through",
    404: "it does not pass on what it is asked for",
    408: "it has waited too long for more bytes; its time-out for requests is too short",
    413: "it refuses large files; in nginx, client_max_body_size 0 allows any size",
    429: "it refuses so many calls",
    502: "the server behind it does not answer",
    503: "the server behind it does not answer",
    504: "it has waited too long for the server behind it; its time-out is too short",
}


def answer_of_proxy(error: grpc.aio.AioRpcError) -> ProxyAnswered | None:
    """What something in between has answered instead of the server; None if nothing has."""
    found = HTTP_STATUS.search(error.details() or "")
    if found:
        status = int(found.group(1))
        meaning = MEANINGS.get(status, "it does not pass the call on")
        sentence = f"a proxy before the server has answered with HTTP {status}: {meaning}"
        return ProxyAnswered(sentence, code=error.code(), http_status=status)
    return None
