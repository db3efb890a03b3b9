"""Measures calls."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final

from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.interceptor import CallScope
from emo_grpc.shared.service_layer.meters import CallMeter

TELL_EVERY: Final = 1.0
"""Seconds, for streams: those that run for an hour would show nothing until their end."""

Counts = tuple[int, int, int, int]
NOTHING: Final[Counts] = (0, 0, 0, 0)


class MeasuredCalls:
    """Tells the meter of each call."""

    def __init__(self, meter: CallMeter) -> None:
        self._meter = meter
        self._streams: dict[Call, Counts] = {}

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
        self._tell(call, self._streams.pop(call, NOTHING))
        self._meter.end(
            call.method.rpc,
            code=call.final_code.name,
            reason=call.reason,
            seconds=time.perf_counter() - call.started,
        )

    async def follow(self) -> None:
        """Tell of what streams move meanwhile, until cancelled."""
        while True:
            await asyncio.sleep(TELL_EVERY)
            for call, told in self._streams.items():
                self._streams[call] = self._tell(call, told)

    def _tell(self, call: Call, told: Counts) -> Counts:
        now = (call.messages_in, call.bytes_in, call.messages_out, call.bytes_out)
        if now != told:
            self._meter.moved(
                call.method.rpc,
                messages_in=now[0] - told[0],
                bytes_in=now[1] - told[1],
                messages_out=now[2] - told[2],
                bytes_out=now[3] - told[3],
            )
        return now


class _Measured(AbstractAsyncContextManager[None]):
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
