"""The message bus."""

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.message_bus import MAX_TRIES, MessageBus


class Count(Command[int]):
    """Count tries."""


class Bench:
    """A handler that meets `conflicts` concurrent changes before it gets through."""

    def __init__(self, conflicts: int) -> None:
        self.tries = 0
        self._conflicts = conflicts
        self.bus = MessageBus({Count: self._handle})

    async def _handle(self, _: Count) -> int:
        self.tries += 1
        if self.tries <= self._conflicts:
            raise ConcurrentChange("somebody was first")
        return self.tries


@pytest.mark.parametrize("conflicts", range(MAX_TRIES))
async def test_tries_again(conflicts: int) -> None:
    """A command that met a concurrent change is run again, and its caller gets the result of the try that worked."""
    assert await Bench(conflicts).bus.handle(Count()) == conflicts + 1


async def test_gives_up() -> None:
    """After five tries the caller is told."""
    bench = Bench(MAX_TRIES)
    with pytest.raises(ConcurrentChange):
        await bench.bus.handle(Count())
    assert bench.tries == MAX_TRIES
