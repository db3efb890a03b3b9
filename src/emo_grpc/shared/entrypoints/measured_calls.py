"""Measures calls."""

import asyncio
import time
from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final

import grpc

from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.interceptor import CallScope
from emo_grpc.shared.service_layer.meters import CallMeter, CallTally, Rpc

TELL_EVERY: Final = 1.0
"""Seconds: what streams have moved shows before their end, and counting it costs short calls next to nothing."""

# To look up a member of an enum, or its name, takes longer than to compare it.
_OK: Final = grpc.StatusCode.OK

Counts = tuple[int, int, int, int]
NOTHING: Final[Counts] = (0, 0, 0, 0)


class MeasuredCalls:
    """Tells the meter of calls once a second: each is only noted, which costs it next to nothing."""

    def __init__(self, meter: CallMeter) -> None:
        self._meter = meter
        self._tallies: defaultdict[Rpc, CallTally] = defaultdict(CallTally)
        self._streams: dict[Call, Counts] = {}

    def around(self, scope: CallScope) -> CallScope:
        """Measure each call that runs inside `scope`."""
        return lambda call: _Measured(self, call, scope(call))

    def begin(self, call: Call) -> None:
        """It has begun."""
        self._tallies[call.method.rpc].begun += 1
        if call.method.is_stream:
            self._streams[call] = NOTHING

    def end(self, call: Call) -> None:
        """It has ended."""
        tally, code = self._tallies[call.method.rpc], call.final_code
        _move(tally, call, self._streams.pop(call, NOTHING))
        tally.ended["OK" if code is _OK else code.name, call.reason].append(time.perf_counter() - call.started)

    async def follow(self) -> None:
        """Tell what was noted, until cancelled, and then the rest."""
        try:
            while True:
                await asyncio.sleep(TELL_EVERY)
                self.tell()
        finally:
            self.tell()

    def tell(self) -> None:
        """Tell what was noted, and what streams have moved by now."""
        for call, counted in self._streams.items():
            self._streams[call] = _move(self._tallies[call.method.rpc], call, counted)
        noted = dict(self._tallies)
        self._tallies.clear()
        for rpc, tally in noted.items():
            self._meter.add(rpc, tally)


def _move(tally: CallTally, call: Call, counted: Counts) -> Counts:
    """Count what a call has moved beyond what is counted; gives all of it."""
    now = (call.messages_in, call.bytes_in, call.messages_out, call.bytes_out)
    tally.messages_in += now[0] - counted[0]
    tally.bytes_in += now[1] - counted[1]
    tally.messages_out += now[2] - counted[2]
    tally.bytes_out += now[3] - counted[3]
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
