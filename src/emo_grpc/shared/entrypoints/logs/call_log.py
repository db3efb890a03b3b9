"""One line for each call."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Final

import grpc
import structlog

from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.errors.failures import REQUEST_ID_KEY

ACCEPTABLE_ID: Final = re.compile(r"[!-~]{1,128}")
FAULTS: Final = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS})


class CallLog:
    """Gives each call its request id and tells, at its end, how it went. Never a payload, never a secret.

    A client's own `x-request-id` is kept if it is 1 to 128 visible ASCII characters; it comes back in the trailers.
    """

    def __init__(self) -> None:
        self._log = structlog.get_logger("emo")

    @contextmanager
    def __call__(self, call: Call) -> Iterator[None]:
        """Watch one call."""
        call.request_id = _request_id(call)
        call.context.set_trailing_metadata(((REQUEST_ID_KEY, call.request_id),))
        try:
            yield
        except asyncio.CancelledError:
            call.code = grpc.StatusCode.DEADLINE_EXCEEDED if call.is_late else grpc.StatusCode.CANCELLED
            raise
        finally:
            self._tell(call)

    def _tell(self, call: Call) -> None:
        code = call.final_code
        write = self._log.debug if call.method.is_infrastructure else self._log.info
        if code in FAULTS:
            write = self._log.error
        write(
            "call",
            method=call.method.path,
            code=code.name,
            reason=call.reason,
            user_id=call.user_id,
            **({"actor_id": call.actor_id} if call.actor_id else {}),
            peer=call.peer.address,
            request_id=call.request_id,
            elapsed_ms=round((time.perf_counter() - call.started) * 1000, 2),
            messages_in=call.messages_in,
            bytes_in=call.bytes_in,
            messages_out=call.messages_out,
            bytes_out=call.bytes_out,
            **({"damaged": dict(call.damaged)} if call.damaged else {}),
        )


def _request_id(call: Call) -> str:
    offered = call.metadata(REQUEST_ID_KEY)
    if len(offered) == 1 and ACCEPTABLE_ID.fullmatch(offered[0]):
        return offered[0]
    return token_hex(16)
