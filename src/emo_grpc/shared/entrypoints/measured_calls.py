"""Measures calls."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final

import grpc

from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.interceptor import CallScope
from emo_grpc.shared.service_layer.meters import CallMeter, Rpc

TELL_EVERY: Final = 1.0
"""Seconds: what streams have moved shows before their end, and counting it costs short calls next to nothing."""

# To look up a member of an enum, or its name, takes longer than to compare it.
_OK: Final = grpc.StatusCode.OK

Counts = tuple[int, int, int, int]
NOTHING: Final[Counts] = (0, 0, 0, 0)


class MeasuredCalls:
    """Tells the meter of each call; of messages and their bytes once a second, when it is to show all."""

    def __init__(self, meter: CallMeter) -> None:
        self._meter = meter
        self._streams: dict[Call, Counts] = {}
        self._moved: dict[Rpc, list[int]] = {}

    def around(self, scope: CallScope) -> CallScope:
        """Measure each call that runs inside `scope`."""
        return lambda call: _Measured(self, call, scope(call))

    def begin(self, call: Call) -> None:
        """It has begun."""
        self._meter.begin(call.method.rpc)
        if call.method.is_stream:
            self._streams[call] = NOTHING

    def end(self, call: Call) -> None:
        """It has ended."""
        self._count(call, self._streams.pop(call, NOTHING) if call.method.is_stream else NOTHING)
        code = call.final_code
        self._meter.end(
            call.method.rpc,
            code="OK" if code is _OK else code.name,
            reason=call.reason,
            seconds=time.perf_counter() - call.started,
        )

    async def follow(self) -> None:
        """Tell of what has moved, until cancelled, and then of the rest."""
        try:
            while True:
                await asyncio.sleep(TELL_EVERY)
                self._tell()
        finally:
            self._tell()

    def _tell(self) -> None:
        for call, counted in self._streams.items():
            self._streams[call] = self._count(call, counted)
        for rpc, (messages_in, bytes_in, messages_out, bytes_out) in self._moved.items():
            self._meter.moved(
                rpc, messages_in=messages_in, bytes_in=bytes_in, messages_out=messages_out, bytes_out=bytes_out
            )
        self._moved.clear()
        self._meter.flush()

    def _count(self, call: Call, counted: Counts) -> Counts:
        now = (call.messages_in, call.bytes_in, call.messages_out, call.bytes_out)
        moved = self._moved.get(call.method.rpc)
        if moved is None:
            moved = self._moved[call.method.rpc] = [0, 0, 0, 0]
        moved[0] += now[0] - counted[0]
        moved[1] += now[1] - counted[1]
        moved[2] += now[2] - counted[2]
        moved[3] += now[3] - counted[3]
        return now


class _Measured:
    """A class, for a generator would cost each call more than all that is counted."""

    __slots__ = ("_call", "_calls", "_scope")

    def __init__(self, calls: MeasuredCalls, call: Call, scope: AbstractAsyncContextManager[None]) -> None:
        self._calls = calls
        self._call = call
        self._scope = scope

    async def __aenter__(self) -> None:
        self._calls.begin(self._call)
        try:
            await self._scope.__aenter__()
        except BaseException:  # the call was not let in
            self._calls.end(self._call)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            return await self._scope.__aexit__(kind, error, trace)
        finally:
            self._calls.end(self._call)
