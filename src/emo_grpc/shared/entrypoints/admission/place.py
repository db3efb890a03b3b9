"""Counts calls that wait for their clients, and the shares of limits that calls hold."""

import asyncio
from collections.abc import Callable
from typing import Final

Key = str
Keys = tuple[tuple[Key, int], ...]
"""What a call counts for, each with its limit."""


def _nothing() -> None:
    """Give back nothing."""


class WaitingRoom:
    """Calls that wait for their clients. Over a limit, the call that has waited longest under that key has to go."""

    def __init__(self) -> None:
        self._rooms: dict[Key, dict[Place, None]] = {}

    def enter(self, place: "Place", keys: Keys) -> None:
        """Count a call under each key."""
        for key, limit in keys:
            room = self._rooms.setdefault(key, {})
            room[place] = None
            if len(room) > limit:
                next(iter(room)).evict()

    def leave(self, place: "Place", keys: Keys) -> None:
        """Count it no more."""
        for key, _ in keys:
            room = self._rooms[key]
            room.pop(place, None)
            if not room:
                del self._rooms[key]

    def waiting(self, key: Key) -> int:
        """How many calls wait under a key."""
        return len(self._rooms.get(key, ()))

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._rooms)


class Place:
    """The place of one call. `keys`: what it counts for while it waits; none for a call that may wait for ever.

    `answers` and `errors`: what it counts for instead while its answer, or its error, waits to be taken; None for the
    same. `gave_up` is called if the client did not take the answer, `leaves` when the call is over.
    """

    __slots__ = (
        "_end", "_release", "_room", "_timer", "_waits",
        "answers", "errors", "gave_up", "keys", "leaves", "was_evicted",
    )  # fmt: skip

    def __init__(self, room: WaitingRoom, keys: Keys = (), gave_up: Callable[[], None] = _nothing) -> None:
        self._room = room
        self.keys = keys
        self.answers: Keys | None = None
        self.errors: Keys | None = None
        self.gave_up = gave_up
        self.leaves: Callable[[], None] = _nothing
        self.was_evicted = False
        self._timer: asyncio.TimerHandle | None = None
        self._waits: Keys = ()
        self._end: Callable[[], object] = _nothing
        self._release: Callable[[], None] = _nothing

    def holds(self, release: Callable[[], None]) -> None:
        """Hold a share of something from now on, in place of the one before; `release` gives it back."""
        self._release()
        self._release = release

    def lets_go(self) -> None:
        """Hold nothing any more."""
        self.holds(_nothing)

    def waits(self, end: Callable[[], object], keys: Keys | None = None) -> None:
        """Wait for the client until `stops_waiting`; `end` ends that wait if others have waited less."""
        self.stops_waiting()
        self._end = end
        self._waits = self.keys if keys is None else keys
        self._room.enter(self, self._waits)

    def waits_to_be_taken(self, seconds: float, end: Callable[[], object]) -> None:
        """Wait until the client has taken the answer; `end` ends that after so long, too."""
        self._timer = asyncio.get_running_loop().call_later(seconds, end)
        self.waits(end, self.answers)

    def stops_waiting(self) -> None:
        """Stop waiting, if it waits."""
        if self._waits:
            waited, self._waits = self._waits, ()
            self._room.leave(self, waited)

    def evict(self) -> None:
        """End the call, because others have waited less."""
        self.was_evicted = True
        self.stops_waiting()
        self._end()

    def is_over(self, _: object = None) -> None:
        """Give everything back."""
        if self._timer is not None:
            self._timer.cancel()
        self.stops_waiting()
        self.lets_go()
        leaves, self.leaves = self.leaves, _nothing
        leaves()


NOWHERE: Final = Place(WaitingRoom())
"""The place of a call before admission."""
