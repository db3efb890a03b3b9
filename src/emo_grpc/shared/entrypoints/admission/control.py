"""How many calls may run at once; none when the server drains."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import lru_cache, partial
from typing import Final

from emo.options.v1 import options_pb2
from emo_grpc.shared.domain.call_errors import ServerDraining, TooManyCalls
from emo_grpc.shared.entrypoints.admission.call_rate import CallRate
from emo_grpc.shared.entrypoints.admission.peers import NO_BALANCERS, REMEMBERED, Balancers, Peer
from emo_grpc.shared.entrypoints.admission.slot import Keys, Slot, WaitingCalls
from emo_grpc.shared.entrypoints.admission.stalled_connections import ConnectionCloser, StuckCalls
from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.limits import Bounds, Limits
from emo_grpc.shared.service_layer.drain import Drain

LAST_NEWS: Final = timedelta(milliseconds=200)


class Admission:
    """Refuses calls over the limits, and all new ones once the server drains.

    Only calls whose token was verified count for the limit of the process; what strangers may have at once is bounded
    apart from it, for each connection and each peer. Health and reflection answer at any load, and while the server
    drains: a full server is a healthy one, and a draining one has to say so. Their streams are bounded like strangers.
    """

    def __init__(self, limits: Limits, drain: Drain, call_rate: CallRate, balancers: Balancers = NO_BALANCERS) -> None:
        self._limits = limits
        self._call_rate = call_rate
        self._drain = drain
        self._balancers = balancers
        self._waiting = WaitingCalls()
        self._waiting_keys = lru_cache(REMEMBERED)(partial(self._keys, limits.waiting))
        self._error_keys = lru_cache(REMEMBERED)(self._keys_of_errors)
        self._stuck = StuckCalls(ConnectionCloser())
        self._strangers = _KeyedCounter("calls without a token: there are too many at once")
        self._streams = _KeyedCounter("streams of health and reflection: there are too many at once")
        self._verifying = _KeyedCounter("the server is at its limit of calls")
        self._verified = _KeyedCounter("the server is at its limit of calls")
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._watches: set[asyncio.Timeout] = set()

    @contextmanager
    def __call__(self, call: Call) -> Iterator[None]:
        """Give a call its slot; it ends with the task of the call, after the answer has left."""
        call.slot = Slot(self._waiting, self._waiting_keys(call.peer), partial(self._count_stuck, call))
        call.slot.error_keys = self._error_keys(call.peer)
        call.task.add_done_callback(call.slot.end)
        if call.method.is_infrastructure:
            yield
            return
        if self._drain.has_started:
            raise ServerDraining("this server is going away: go on at another")
        if not self._running:
            self._idle.clear()
        self._running += 1
        call.slot.on_end = self._end_call
        if call.method.access != options_pb2.ACCESS_PUBLIC:
            # A forged token ends at once, and one that is well signed waits for nothing but the store.
            call.slot.hold(self._verifying.take((("", self._limits.calls),)))
        try:
            yield
        except BaseException:
            if not call.caller_id:  # a stranger's error may wait to be taken, but counts for no limit meanwhile
                call.slot.release()
            raise

    def watching(self, call: Call) -> AbstractAsyncContextManager[None] | None:
        """What a call of gRPC's own services has to run inside of, so that `end_watching` ends it."""
        return self._watching(call) if call.method.is_infrastructure else None

    def on_request(self, call: Call) -> None:
        """The request has come: from now on the call waits for the server. Raises TooManyCalls."""
        if not call.caller_id and not call.method.is_infrastructure:
            keys = self._keys(self._limits.strangers, call.peer)
            call.slot.hold(self._strangers.take(keys))

    def on_authenticated(self, call: Call) -> None:
        """The token is verified: from now on the call counts for who makes it. Raises TooManyCalls or RateLimited.

        No answer of a user has to go for another one: over a slow line many wait, and the client takes them all.
        """
        if call.user_id:
            self._call_rate.take(call.share_id)
            call.charge = partial(self._call_rate.charge, call.share_id)
        answers = f"answers {call.share_id}"
        call.slot.keys = ((call.share_id, self._limits.user_waiting),)
        call.slot.error_keys = ((f"errors {call.share_id}", self._limits.streams),)
        call.slot.answer_keys = ((answers, sys.maxsize),)
        if self._waiting.count(answers) >= self._limits.user_waiting:
            raise TooManyCalls("too many of your answers wait to be taken")
        call.slot.hold(self._verified.take((("", self._limits.calls),)))

    @property
    def running(self) -> int:
        """Calls under way, without those of gRPC's own services."""
        return self._running

    async def idle(self) -> None:
        """Wait until none of our calls is running; gRPC's own services do not count."""
        await self._idle.wait()

    def end_watching(self) -> None:
        """End what gRPC's own services stream (a health watch has no end of its own), once its last news is out."""
        for watch in self._watches:
            watch.reschedule(asyncio.get_running_loop().time() + LAST_NEWS.total_seconds())

    def _count_stuck(self, call: Call) -> None:
        self._stuck.add(call.peer, call.share_id)

    def _keys(self, bounds: Bounds, peer: Peer) -> Keys:
        if not peer.network:
            return (("", bounds.all),)
        if self._balancers.have(peer):
            return ((peer.connection, bounds.connection), ("", bounds.all))
        return ((peer.connection, bounds.connection), (peer.network, bounds.peer), ("", bounds.all))

    def _keys_of_errors(self, peer: Peer) -> Keys:
        # Apart from calls that wait for their request: the error of one that had to go would let the next one go.
        return tuple((f"errors {key}", limit) for key, limit in self._waiting_keys(peer))

    def _end_call(self) -> None:
        self._running -= 1
        if not self._running:
            self._idle.set()

    @asynccontextmanager
    async def _watching(self, call: Call) -> AsyncIterator[None]:
        if call.method.is_stream:
            call.slot.hold(self._streams.take(self._keys(self._limits.watches, call.peer)))
        try:
            async with asyncio.timeout(None) as watch:
                self._watches.add(watch)
                try:
                    yield
                finally:
                    self._watches.discard(watch)
        except TimeoutError as error:
            raise ServerDraining("this server is going away: go on at another") from error


class _KeyedCounter:
    """Counts what has been taken under each key; `refusal`: what a caller is told over a key's limit."""

    def __init__(self, refusal: str) -> None:
        self._refusal = refusal
        self._taken: dict[str, int] = {}

    def take(self, keys: Keys) -> partial[None]:
        """Take one under all keys; gives the function that gives it back. Raises TooManyCalls."""
        for key, limit in keys:
            if self._taken.get(key, 0) >= limit:
                raise TooManyCalls(self._refusal)
        for key, _ in keys:
            self._taken[key] = self._taken.get(key, 0) + 1
        return partial(self._give_back, keys)

    def _give_back(self, keys: Keys) -> None:
        for key, _ in keys:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
