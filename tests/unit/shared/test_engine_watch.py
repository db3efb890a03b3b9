"""What is known of the engines, and told."""

import asyncio
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from emo_grpc.bootstrap import engine_watch
from emo_grpc.bootstrap.engine_watch import EngineWatch
from emo_grpc.bootstrap.sqlite_engine import sqlite_metadata
from emo_grpc.shared.adapters.sqlite.database import READERS, SqliteDatabase
from emo_grpc.shared.service_layer.clock import utc_now


class Engine:
    """Answers, or not in one of three ways."""

    state = "answers"

    async def probe(self) -> bool:
        if self.state == "hangs":
            await asyncio.Event().wait()
        if self.state == "raises":
            raise OSError("refused")
        return self.state == "answers"


@pytest.mark.parametrize("state", ["hangs", "raises", "says no"])
async def test_an_engine_that_goes_away_is_named(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """Once when it goes, and once when it is back; the other one is not asked any less."""
    monkeypatch.setattr(engine_watch, "PROBE_TIMEOUT", engine_watch.PROBE_TIMEOUT / 100)
    database, files = Engine(), Engine()
    watch = EngineWatch({"MongoDB": database.probe, "S3": files.probe})
    with capture_logs() as lines:
        told = [await watch.all_answer()]
        files.state = state
        told += [await watch.all_answer(), await watch.all_answer()]
        files.state = "answers"
        told += [await watch.all_answer(), await watch.all_answer()]
    assert told == [True, False, False, True, True]
    assert [(line["event"], line["engine"]) for line in lines] == [
        ("an engine is away", "S3"),
        ("an engine answers again", "S3"),
    ]


async def test_the_first_look_tells_nothing() -> None:
    """Whoever started the engines has said already that one is away."""
    files = Engine()
    files.state = "says no"
    with capture_logs() as lines:
        assert not await EngineWatch({"S3": files.probe}).all_answer()
    assert lines == []


async def test_readers_keep_sqlite_from_no_answer(tmp_path: Path) -> None:
    """However many wait for pages of lists, a database that works is known to."""
    database = SqliteDatabase(tmp_path / "emo.sqlite3", ())
    await database.open()
    go_on = threading.Event()
    reading = [asyncio.create_task(database.read(lambda _: go_on.wait())) for _ in range(READERS)]
    await asyncio.sleep(0)  # they have begun
    try:
        async with asyncio.timeout(engine_watch.PROBE_TIMEOUT.total_seconds()):
            assert await sqlite_metadata(database, {}, utc_now).answers()
    finally:
        go_on.set()
        await asyncio.gather(*reading)
        await database.close()
