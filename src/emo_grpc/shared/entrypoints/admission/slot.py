"""What a call holds of the limits, and whether it waits for its client."""

import asyncio
from collections.abc import Callable
from typing import Final

Key = str
Keys = tuple[tuple[Key, int], ...]
"""What a call counts for, each with its limit."""


def _nothing() -> None:
    """Do nothing."""


class WaitingCalls:
    """Calls that wait for their clients. Over the limit of a key the call that has waited longest is evicted."""

    def __init__(self) -> None:
        self._by_key: dict[Key, dict[Slot, None]] = {}

    def add(self, slot: "Slot", keys: Keys) -> None:
        """Count a call under each key."""
        for key, limit in keys:
            waiting = self._by_key.setdefault(key, {})
            waiting[slot] = None
            if len(waiting) > limit:
                next(iter(waiting)).evict()

    def remove(self, slot: "Slot", keys: Keys) -> None:
        """Count it no more."""
        for key, _ in keys:
            waiting = self._by_key[key]
            waiting.pop(slot, None)
            if not waiting:
                del self._by_key[key]

    def count(self, key: Key) -> int:
        """How many calls wait under a key."""
        return len(self._by_key.get(key, ()))

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._by_key)


class Slot:
    """The slot of one call. `keys`: what it counts for while it waits; none for a call that may wait for ever.

    `answer_keys` and `error_keys`: what it counts for instead while the client has not taken its answer, or its error;
    None for the same. `on_not_taken` is called if the client did not take it in time, `on_end` when the call is over.
    """

    __slots__ = (
        "_evict", "_release", "_timer", "_waiting", "_waits_for",
        "answer_keys", "error_keys", "keys", "on_end", "on_not_taken", "was_evicted",
    )  # fmt: skip

    def __init__(self, waiting: WaitingCalls, keys: Keys = (), on_not_taken: Callable[[], None] = _nothing) -> None:
        self._waiting = waiting
        self.keys = keys
        self.answer_keys: Keys | None = None
        self.error_keys: Keys | None = None
        self.on_not_taken = on_not_taken
        self.on_end: Callable[[], None] = _nothing
        self.was_evicted = False
        self._timer: asyncio.TimerHandle | None = None
        self._waits_for: Keys = ()
        self._evict: Callable[[], object] = _nothing
        self._release: Callable[[], None] = _nothing

    def hold(self, release: Callable[[], None]) -> None:
        """Hold a share of a limit from now on, in place of the one before; `release` gives it back."""
        self._release()
        self._release = release

    def release(self) -> None:
        """Hold no share any more."""
        self.hold(_nothing)

    def begin_wait(self, on_evict: Callable[[], object], keys: Keys | None = None) -> None:
        """Wait for the client until `end_wait`; `on_evict` ends the wait if too many others wait, too."""
        self.end_wait()
        self._evict = on_evict
        self._waits_for = self.keys if keys is None else keys
        self._waiting.add(self, self._waits_for)

    def begin_wait_until_taken(self, seconds: float, on_evict: Callable[[], object]) -> None:
        """Wait until the client has taken the answer; `on_evict` ends that after so long, too."""
        self._timer = asyncio.get_running_loop().call_later(seconds, on_evict)
        self.begin_wait(on_evict, self.answer_keys)

    def end_wait(self) -> None:
        """Stop waiting, if it waits."""
        if self._waits_for:
            keys, self._waits_for = self._waits_for, ()
            self._waiting.remove(self, keys)

    def evict(self) -> None:
        """End the wait, because too many calls wait and this one has waited longest."""
        self.was_evicted = True
        self.end_wait()
        self._evict()

    def end(self, _: object = None) -> None:
        """Give everything back: the call is over."""
        if self._timer is not None:
            self._timer.cancel()
        self.end_wait()
        self.release()
        on_end, self.on_end = self.on_end, _nothing
        on_end()


NO_SLOT: Final = Slot(WaitingCalls())
"""The slot of a call before admission."""
