"""What is watched, and that watching changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import fields
from uuid import uuid4

import pytest

from contracts.shared.notes import in_memory_engine, note
from emo_grpc.bootstrap.metadata import Metadata
from emo_grpc.bootstrap.observing.blobs import ContextExecutor
from emo_grpc.bootstrap.observing.commands import message_bus
from emo_grpc.bootstrap.observing.metadata import PORTS
from emo_grpc.bootstrap.observing.ports import observed_port
from emo_grpc.bootstrap.observing.units import observed_units
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.observing import Work, WorkKind, all_observers
from observers import Watcher

UNITS = ("users_units", "service_accounts_units", "assets_units", "audit_units")
UNWATCHED = ("accounts", "service_accounts", "used_kek_ids", "verified_backups", "answers", "tidy")
"""What is asked of them is asked by operators, or by what looks after the engines."""

WORK = Work(WorkKind.COMMAND, "Ring")


class Ring(Command[int]):
    """Ring a bell."""


def test_every_port_of_a_database_is_watched() -> None:
    """Or it is known why not; a new one has to choose."""
    assert sorted((*PORTS, *UNITS, *UNWATCHED)) == sorted(field.name for field in fields(Metadata))


async def test_a_unit_of_work() -> None:
    """It is watched with all that is done in it, by the names of its repositories; an event is published unwatched."""
    watcher, written = Watcher(), note()
    async with in_memory_engine() as engine:
        units = observed_units(engine.unit, "notes", "SQLite", watcher)
        async with units() as unit:
            await unit.notes.write(written)
            unit.publish(written.pull_events()[0].event)
            await unit.commit()
        async with engine.unit() as unit:
            assert await unit.notes.read(written.note_id) == "x"
        assert len(await engine.outbox.rows(None, 10)) == 2
    assert watcher.told == [
        ("unit of work", "notes", "SQLite"), ("store", "notes.write", "SQLite"), ("commit", "notes", "SQLite")
    ]  # fmt: skip
    assert [(work.kind, error) for work, error in watcher.ended] == [
        (WorkKind.STORE, None), (WorkKind.COMMIT, None), (WorkKind.UNIT_OF_WORK, None)
    ]  # fmt: skip


async def test_a_unit_of_work_that_fails() -> None:
    """It is undone as ever, and whoever watches is told of the error."""
    watcher, written = Watcher(), note()
    async with in_memory_engine() as engine:
        with pytest.raises(ValueError, match="broken"):
            async with observed_units(engine.unit, "notes", "SQLite", watcher)() as unit:
                await unit.notes.write(written)
                raise ValueError("broken")
        async with engine.unit() as unit:
            assert await unit.notes.read(written.note_id) is None
    assert watcher.ended[-1] == (Work(WorkKind.UNIT_OF_WORK, "notes", "SQLite"), ValueError)


async def test_a_unit_of_work_that_can_not_begin() -> None:
    """What was begun to be watched is ended."""
    watcher = Watcher()
    async with in_memory_engine() as engine:
        pass
    with pytest.raises(Exception, match="closed"):
        async with observed_units(engine.unit, "notes", "SQLite", watcher)():
            pass
    assert len(watcher.begun) == len(watcher.ended) == 1


async def test_a_port() -> None:
    """Its coroutines are watched, each by one wrapper; all else of it is as it was."""
    watcher = Watcher()
    async with in_memory_engine() as engine:
        outbox = observed_port(engine.outbox, "outbox", "SQLite", watcher)
        assert await outbox.rows(None, 1) == []
        assert not await outbox.drop(uuid4())
        assert outbox.rows is outbox.rows
    assert watcher.told == [("store", "outbox.rows", "SQLite"), ("store", "outbox.drop", "SQLite")]
    with pytest.raises(AttributeError):
        getattr(outbox, "missing")  # noqa: B009 - mypy knows that there is none


async def test_a_command_is_one_piece_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is tried again; without a watcher the bus is the plain one."""
    watcher, tries = Watcher(), [ConcurrentChange("busy"), ConcurrentChange("busy")]

    async def ring(_: Ring) -> int:
        if tries:
            raise tries.pop()
        return 3

    async def no_wait(*_: object) -> None:
        pass

    monkeypatch.setattr(ConflictRetries, "_wait", no_wait)
    assert await message_bus({Ring: ring}, watcher).handle(Ring()) == 3
    assert watcher.ended == [(WORK, None)]
    assert type(message_bus({Ring: ring}, None)) is MessageBus


def test_several_watchers() -> None:
    """Each sees all, and errors too; none at all is None, so that nothing is wrapped."""
    first, second = Watcher(), Watcher()
    assert all_observers([]) is None
    assert all_observers([first]) is first
    both = all_observers([first, second])
    assert both is not None
    with pytest.raises(ValueError, match="broken"), both(WORK):
        raise ValueError("broken")
    assert first.ended == second.ended == [(WORK, ValueError)]


def test_threads_know_for_whom_they_work() -> None:
    """Work finds the context variables of whoever submits it, and changes them for nobody else."""
    whose = ContextVar("whose", default="nobody's")

    def work(new: str) -> str:
        found = whose.get()
        whose.set(new)
        return found

    with ThreadPoolExecutor(1) as threads:
        executor = ContextExecutor(threads)
        whose.set("mine")
        assert executor.submit(work, new="changed").result() == "mine"
        assert executor.submit(work, "x").result() == "mine"
        assert threads.submit(whose.get).result() == "nobody's"
