"""Finds out the status that the server gave."""

from collections.abc import Coroutine
from typing import Final, TypeVar

import grpc

Value = TypeVar("Value")

MADE_UP: Final = "Internal error from Core"
"""What grpc.aio says when a write fails (`set_internal_error` in grpc/_cython/_cygrpc/aio/call.pyx.pxi)."""


class ServerStatus:
    """The error that a server has ended a call with.

    When that happens while a write is under way, grpc.aio replaces the server's status, before or after it comes, with
    an INTERNAL of its own, and nobody learns why the call has failed. So the status is taken down once it is known.
    """

    def __init__(self, call: grpc.aio.Call) -> None:
        self._first: grpc.aio.AioRpcError | None = None
        call.add_done_callback(self._take_down)

    def error_or(self, last: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """The server's error; `last` is what the call ends with."""
        return self._first if self._first is not None and last.details() == MADE_UP else last

    def _take_down(self, call: grpc.aio.Call) -> None:
        code = _now(call.code())
        if self._first is None and code is not grpc.StatusCode.OK:
            self._first = grpc.aio.AioRpcError(
                code, _now(call.initial_metadata()), _now(call.trailing_metadata()), _now(call.details())
            )


def _now(known: Coroutine[object, None, Value]) -> Value:
    """The value of a coroutine that has nothing to wait for; a call that is done has all of its status."""
    try:
        known.send(None)
    except StopIteration as done:
        value: Value = done.value
        return value
    known.close()
    raise RuntimeError("a call that is done still waits for its status")
