"""The message bus."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.conflict_retries import FIRST_WAIT, MAX_TRIES, MAX_WAIT, ConflictRetries
from emo_grpc.shared.service_layer.message_bus import MessageBus

LONG = 20
"""Seconds after which a test gives up on something that should have ended by itself."""


class Count(Command[int]):
    """Count tries."""


class Bench:
    """A handler that meets `conflicts` concurrent changes before it gets through."""

    def __init__(self, conflicts: int) -> None:
        self.tries = 0
        self.waits: list[float] = []
        self._conflicts = conflicts
        self.bus = MessageBus({Count: self._handle}, ConflictRetries(self._pause))

    async def _handle(self, _: Count) -> int:
        self.tries += 1
        if self.tries <= self._conflicts:
            raise ConcurrentChange("somebody was first")
        return self.tries

    async def _pause(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.mark.parametrize("conflicts", range(MAX_TRIES))
async def test_tries_again(conflicts: int) -> None:
    """A command that met a concurrent change is run again, and its caller gets the result of the try that worked."""
    assert await Bench(conflicts).bus.handle(Count()) == conflicts + 1


async def test_gives_up() -> None:
    """After ten tries the caller is told."""
    bench = Bench(MAX_TRIES)
    with pytest.raises(ConcurrentChange):
        await bench.bus.handle(Count())
    assert bench.tries == 10


async def test_waits_longer_each_time() -> None:
    """Each wait may be twice as long as the one before, up to half a second; commands that meet again wait apart."""
    benches = [Bench(MAX_TRIES - 1) for _ in range(100)]
    for bench in benches:
        await bench.bus.handle(Count())
    for turn, waits in enumerate(zip(*(bench.waits for bench in benches), strict=True)):
        longest = min(FIRST_WAIT * 2**turn, MAX_WAIT)
        assert all(0 <= wait <= longest for wait in waits)
        assert max(waits) > longest / 2 > min(waits)
        assert len(set(waits)) > 1


class Take(Command[None]):
    """Take the one thing that all want."""


@dataclass(frozen=True, slots=True)
class Change(Command[None]):
    """Change something of somebody's."""

    owner: str

    @property
    def subject(self) -> str:
        return self.owner


async def test_others_do_not_wait_for_a_turn() -> None:
    """While one owner's command, run again, takes its time, another owner's that met somebody gets through."""
    tries: Counter[str] = Counter()
    runs_again, is_over = asyncio.Event(), asyncio.Event()

    async def change(command: Change) -> None:
        tries[command.owner] += 1
        if tries[command.owner] == 1:
            raise ConcurrentChange("somebody was first")
        if command.owner == "ann":
            runs_again.set()
            await is_over.wait()

    bus = MessageBus({Change: change}, ConflictRetries(lambda _: asyncio.sleep(0)))
    async with asyncio.timeout(LONG), asyncio.TaskGroup() as group:
        group.create_task(bus.handle(Change("ann")))
        await runs_again.wait()
        await bus.handle(Change("bob"))
        is_over.set()
    assert tries == {"ann": 2, "bob": 2}


async def test_those_that_met_take_turns() -> None:
    """Any number of commands of one process that want the same thing at once get through."""
    version, done = 0, 0

    async def take(_: Take) -> None:
        nonlocal version, done
        seen = version
        await asyncio.sleep(0)
        if version != seen:
            raise ConcurrentChange("somebody was first")
        version += 1
        done += 1

    bus = MessageBus({Take: take}, ConflictRetries(lambda _: asyncio.sleep(0)))
    await asyncio.gather(*(bus.handle(Take()) for _ in range(10 * MAX_TRIES)))
    assert done == 10 * MAX_TRIES


class Line:
    """Notes who is tried, in order. The first try meets somebody, later ones of `ann` wait until it `is_over`."""

    def __init__(self, subject: str | None) -> None:
        self.tries: list[str] = []
        self.runs_again, self.is_over = asyncio.Event(), asyncio.Event()
        self._subject = subject
        self._retries = ConflictRetries(lambda _: asyncio.sleep(0))

    async def run(self, name: str) -> None:
        await self._retries.run(lambda: self._work(name), self._subject)

    async def _work(self, name: str) -> None:
        self.tries.append(name)
        if self.tries == ["ann"]:
            raise ConcurrentChange("somebody was first")
        if name == "ann":
            self.runs_again.set()
            await self.is_over.wait()


async def test_who_comes_later_waits_for_a_turn() -> None:
    """What comes while others take turns is not tried before them; who gives up waiting keeps nobody from it."""
    line = Line("album")
    async with asyncio.timeout(LONG), asyncio.TaskGroup() as group:
        group.create_task(line.run("ann"))
        await line.runs_again.wait()
        impatient = group.create_task(line.run("bob"))
        group.create_task(line.run("eve"))
        await asyncio.sleep(0)
        impatient.cancel()
        line.is_over.set()
    assert line.tries == ["ann", "ann", "eve"]


async def test_turns_end_when_nobody_waits() -> None:
    """Once all have had their turn, others of the same subject run side by side as before."""
    line = Line("album")
    async with asyncio.timeout(LONG), asyncio.TaskGroup() as group:
        line.is_over.set()
        await line.run("ann")
        line.is_over.clear()
        group.create_task(line.run("ann"))
        await asyncio.sleep(0)
        await line.run("bob")
        line.is_over.set()
    assert line.tries == ["ann", "ann", "ann", "bob"]


async def test_work_without_a_subject_waits_for_nobody() -> None:
    """What may be about anything is tried at once, though other such work takes turns."""
    line = Line(None)
    async with asyncio.timeout(LONG), asyncio.TaskGroup() as group:
        group.create_task(line.run("ann"))
        await line.runs_again.wait()
        await line.run("bob")
        line.is_over.set()
    assert line.tries == ["ann", "ann", "bob"]
