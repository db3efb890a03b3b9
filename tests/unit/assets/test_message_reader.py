"""Reading a stream of messages, not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext

import pytest

from emo_grpc.assets.domain.errors import UploadStalled
from emo_grpc.assets.entrypoints.message_reader import MessageReader, reading
from emo_grpc.shared.domain.call_errors import ServerDraining
from emo_grpc.shared.service_layer.drain import Drain
from leftovers import nothing_left_behind

LONG, SHORT = 60.0, 0.01


@pytest.fixture(autouse=True)
async def tidy() -> AsyncIterator[None]:
    async with nothing_left_behind():
        yield


async def _messages(*given: str, then_wait: bool = False) -> AsyncIterator[str]:
    for message in given:
        yield message
    if then_wait:
        await asyncio.Event().wait()


async def test_reads_to_the_end() -> None:
    """All messages come in order, then None, again and again."""
    async with reading(_messages("a", "b"), Drain(), LONG) as reader:
        assert [await reader.read() for _ in range(4)] == ["a", "b", None, None]


async def test_silence() -> None:
    """Too long a silence is an error of its own, also before the first message."""
    async with reading(_messages("a", then_wait=True), Drain(), SHORT) as reader:
        assert await reader.read() == "a"
        with pytest.raises(UploadStalled):
            await reader.read()


@pytest.mark.parametrize("brings_bytes", [True, False])
async def test_only_progress_renews_the_wait(monkeypatch: pytest.MonkeyPatch, brings_bytes: bool) -> None:
    """Messages that bring nothing, each in time, add up to a silence; others may go on and on."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    passed = 0.0
    monkeypatch.setattr(loop, "time", lambda: now + passed)

    async def slow() -> AsyncIterator[str]:
        nonlocal passed
        for _ in range(5):
            passed += LONG * 0.9
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            yield "a"

    read = 0
    async with reading(slow(), Drain(), LONG) as reader:
        with pytest.raises(UploadStalled) if not brings_bytes else nullcontext():
            while await reader.read() is not None:
                read += 1
                if brings_bytes:
                    reader.progressed()
    assert read == (5 if brings_bytes else 1)


async def test_a_drain_ends_the_waiting() -> None:
    """Whoever waits when the server begins to go away is told at once, and so is whoever reads later."""
    drain = Drain()
    async with reading(_messages(then_wait=True), drain, LONG) as reader:
        waiting = asyncio.create_task(reader.read())
        await asyncio.sleep(0)
        drain.start()
        with pytest.raises(ServerDraining):
            await asyncio.wait_for(waiting, 5)
        with pytest.raises(ServerDraining):
            await reader.read()


async def test_a_drain_between_messages() -> None:
    """A message that is there already is not taken from a server that goes away."""
    drain = Drain()
    async with reading(_messages("a", "b"), drain, LONG) as reader:
        assert await reader.read() == "a"
        drain.start()
        await asyncio.sleep(0)
        with pytest.raises(ServerDraining):
            await reader.read()


async def test_a_drain_at_the_moment_of_a_stall() -> None:
    """A drain that begins just when the silence was too long breaks nothing."""
    drain = Drain()
    reader = MessageReader(_messages(then_wait=True), drain, LONG)
    waiting = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    assert reader._waiting is not None
    reader._waiting.reschedule(asyncio.get_running_loop().time())
    drain.start()
    for _ in range(2):
        await asyncio.gather(reader.watch_drain())
    with pytest.raises(ServerDraining):
        await waiting


async def test_cancellation_is_not_a_silence() -> None:
    """Whoever is cancelled while waiting is cancelled."""
    async with reading(_messages(then_wait=True), Drain(), LONG) as reader:
        waiting = asyncio.create_task(reader.read())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_errors_pass() -> None:
    """What goes wrong with a message reaches the reader as it is."""

    async def broken() -> AsyncIterator[str]:
        yield "a"
        raise ValueError("broken")

    async with reading(broken(), Drain(), LONG) as reader:
        assert await reader.read() == "a"
        with pytest.raises(ValueError, match="broken"):
            await reader.read()
