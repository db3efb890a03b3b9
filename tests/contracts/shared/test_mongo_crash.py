"""What becomes of units when mongod crashes, or answers nothing any more."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from emo_grpc.shared.adapters.mongo import database as mongo
from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from mongod import empty_database, running_mongod

from .notes import COLLECTIONS, NOW, SUBSCRIPTIONS, mongo_engine_on, note, read, write

LONG = 20
"""Seconds after which a test gives up on something that should have ended by itself."""


async def test_killed_mongod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a crash of mongod what was committed stays, what was not is gone, and replicas go on by themselves."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 1000)
    with running_mongod(tmp_path / "mongod") as mongod:
        async with empty_database(mongod.url, "emo_notes", COLLECTIONS) as database:
            engine, kept, lost = mongo_engine_on(database), note("kept"), note("lost")
            await write(engine, kept)
            async with engine.unit() as unit:
                await unit.notes.write(lost)
                mongod.kill()
                with pytest.raises((ConcurrentChange, Unavailable)):  # the next to begin anew learns that it is away
                    await unit.commit()
            for use in (
                write(engine, note()),
                engine.outbox.lease(SUBSCRIPTIONS, limit=1, now=NOW, leased_until=NOW),
                database.ping(),
            ):
                async with asyncio.timeout(LONG):
                    with pytest.raises(Unavailable):
                        await use
            mongod.start()
            mongod.wait_for_primary()
            assert await read(engine, kept.note_id) == "kept"
            assert await read(engine, lost.note_id) is None
            assert len(await engine.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW, leased_until=NOW)) == 2


async def test_frozen_mongod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mongod that takes connections and answers nothing is Unavailable after a moment."""
    monkeypatch.setattr(mongo, "OPERATION_MS", 1000)
    with running_mongod(tmp_path / "mongod") as mongod:
        async with empty_database(mongod.url, "emo_notes", COLLECTIONS) as database:
            engine, kept = mongo_engine_on(database), note()
            await write(engine, kept)
            os.kill(mongod.pid, signal.SIGSTOP)
            try:
                async with asyncio.timeout(LONG):
                    with pytest.raises(Unavailable):
                        await write(engine, note())
                    with pytest.raises(Unavailable):
                        await database.ping()
            finally:
                os.kill(mongod.pid, signal.SIGCONT)
            assert await read(engine, kept.note_id) == "x"
