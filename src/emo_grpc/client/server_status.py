"""Finds out the status that the server gave."""

from collections.abc import Coroutine
from typing import Final, TypeVar

import grpc

Value = TypeVar("Value")

GRPC_WRITE_ERROR: Final = "Internal error from Core"
"""What grpc.aio says when a write fails (`set_internal_error` in grpc/_cython/_cygrpc/aio/call.pyx.pxi)."""


class ServerStatus:
    """The error that a server has ended a call with.

    When that happens while a write is under way, grpc.aio replaces the server's status, before or after it comes, with
    an INTERNAL of its own, which hides why the call has failed. So the status is recorded as soon as it is known.
    """

    def __init__(self, call: grpc.aio.Call) -> None:
        self._recorded: grpc.aio.AioRpcError | None = None
        call.add_done_callback(self._record)

    def cause_of(self, error: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """The server's error; `error` itself, with which the call has ended, unless it replaces that one."""
        return self._recorded if self._recorded is not None and error.details() == GRPC_WRITE_ERROR else error

    def _record(self, call: grpc.aio.Call) -> None:
        code = _result_of(call.code())
        if self._recorded is None and code is not grpc.StatusCode.OK:
            metadata = _result_of(call.initial_metadata()), _result_of(call.trailing_metadata())
            self._recorded = grpc.aio.AioRpcError(code, *metadata, _result_of(call.details()))


def _result_of(known: Coroutine[object, None, Value]) -> Value:
    """The value of a coroutine that has nothing to wait for; a call that is done has all of its status."""
    try:
        known.send(None)
    except StopIteration as done:
        value: Value = done.value
        return value
    known.close()
    raise RuntimeError("a call that is done still waits for its status")
