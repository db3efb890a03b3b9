"""Work beside the calls, and what the log says of it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import structlog
from structlog.testing import capture_logs

from databases import opened
from emo_grpc.bootstrap import background
from emo_grpc.bootstrap.background import report_delivery, running_beside
from emo_grpc.bootstrap.engine_watch import EngineWatch
from emo_grpc.bootstrap.service import RunningService
from emo_grpc.settings import LogFormat, Settings
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.sqlite.in_memory import InMemorySqliteDatabase
from emo_grpc.shared.adapters.sqlite.outbox import SCHEMA, SqliteOutbox
from emo_grpc.shared.domain.errors import TokenMissing, Unavailable
from emo_grpc.shared.domain.messages import Event
from emo_grpc.shared.entrypoints.call import current_call, current_principal
from emo_grpc.shared.entrypoints.logs.log_format import configure_logging
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.shared.service_layer.relay import Relay


@dataclass(frozen=True, slots=True)
class Told(Event):
    """Something secret was told."""

    secret: str


async def handler(_: Told) -> None: ...


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    async with opened(InMemorySqliteDatabase([SCHEMA])) as database:
        yield Relay(SqliteOutbox(database, EventCodec([])), {}, utc_now, report_delivery)


@pytest.mark.parametrize(
    ("fault", "level", "told"),
    [
        (ValueError("broken"), "error", "background work failed"),
        (Unavailable("no database"), "warning", "background work waits"),
    ],
)
async def test_sweeps_again_after_a_fault(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, fault: Exception, level: str, told: str
) -> None:
    """A sweep that fails is logged and tried again, an engine that is away as no fault; all ends with the block."""
    monkeypatch.setattr(background, "FIRST_PAUSE", timedelta(0))
    swept, tries = asyncio.Event(), []

    async def sweep() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise fault
        swept.set()

    with capture_logs() as lines:
        async with running_beside(relay, sweep, none):
            await swept.wait()
    assert [(line["log_level"], line["event"]) for line in lines] == [(level, told)]
    assert len(asyncio.all_tasks()) == 1


async def none() -> int:
    """No document is of an earlier release."""
    return 0


async def test_documents_of_an_earlier_release_are_told_once(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, with their number and what is to be done, as soon as the database answers."""
    monkeypatch.setattr(background, "FIRST_PAUSE", timedelta(0))
    told, tries = asyncio.Event(), []

    async def count() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise Unavailable("no database")
        told.set()
        return 7

    with capture_logs() as lines:
        async with running_beside(relay, none, count):
            await told.wait()
            await asyncio.sleep(0)
    assert len(tries) == 2
    (line,) = [line for line in lines if line["event"] != "background work waits"]
    assert (line["log_level"], line["count"], "emo admin migrate" in line["event"]) == ("warning", 7, True)


async def test_destroyed_keys_do_not_wait_for_files() -> None:
    """While the file store is away, every trace of what was deleted still goes from the database."""
    done: list[str] = []

    async def answer(name: str, error: Exception | None = None) -> None:
        done.append(name)
        if error is not None:
            raise error

    # Any: of each part just one method is called.
    audit_writer = SimpleNamespace(sum_up=lambda: None)
    engines: Any = SimpleNamespace(metadata=SimpleNamespace(tidy=partial(answer, "tidied")), audit_writer=audit_writer)
    first = SimpleNamespace(sweep=partial(answer, "first"))
    contexts: Any = [first, SimpleNamespace(sweep=partial(answer, "second", Unavailable("no bucket")))]
    filled: Any = None
    with pytest.raises(Unavailable):
        await RunningService(filled, engines, contexts, EngineWatch({})).sweep()
    assert done == ["first", "second", "tidied"]


@pytest.mark.parametrize(("is_dead", "level"), [(False, "warning"), (True, "error")])
def test_report_tells_no_secret(is_dead: bool, level: str) -> None:
    """A failed delivery is told with its handler and row, and without what the event holds."""
    row = OutboxRow(uuid4(), "send", Told("hunter2"), datetime(2026, 1, 1, tzinfo=UTC), attempts=2)
    with capture_logs() as lines:
        report_delivery(row, ValueError("no route"), is_dead)
    (line,) = lines
    assert (line["log_level"], line["handler"], line["attempts"]) == (level, "send", 3)
    assert "hunter2" not in str(line)


@pytest.fixture
def plain_logging() -> Iterator[None]:
    """Put logging back as it was."""
    root = logging.getLogger()
    before, level, structured = root.handlers[:], root.level, structlog.get_config()
    yield
    structlog.configure(**structured)
    root.handlers[:], root.level = before, level


@pytest.mark.usefixtures("plain_logging")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With LOG_FORMAT=json every line is one JSON object, those of libraries and tracebacks too."""
    configure_logging(Settings(_env_file=None, log_format=LogFormat.JSON))
    structlog.get_logger().info("call", peer="ñ\n")
    try:
        raise ValueError("broken")
    except ValueError as error:
        structlog.get_logger().error("fault", exc_info=error)
    logging.getLogger("grpc").warning("careful")
    structlog.get_logger().debug("not shown")
    call, fault, library = map(json.loads, capsys.readouterr().err.splitlines())
    assert (call["event"], call["level"], call["peer"]) == ("call", "info", "ñ\n")
    assert "ValueError: broken" in fault["exception"]
    assert (library["event"], library["level"]) == ("careful", "warning")


@pytest.mark.usefixtures("plain_logging")
def test_console(capsys: pytest.CaptureFixture[str]) -> None:
    """For people a line is a time, a level, an event and its fields; nothing a client sends can begin a new line."""
    configure_logging(Settings(_env_file=None))
    structlog.get_logger().info("call", code="OK", reason="", method="/x\n2026 forged", peer="a b")
    time, rest = capsys.readouterr().err.rstrip("\n").split(" ", 1)
    assert datetime.fromisoformat(time).tzinfo is not None
    assert rest == r"info    call code=OK method='/x\n2026 forged' peer='a b'"


@pytest.mark.usefixtures("plain_logging")
def test_tracebacks_show_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback has no values of variables, for they may be secrets."""
    configure_logging(Settings(_env_file=None))

    def fail(password: str) -> None:
        raise ValueError(len(password))

    try:
        fail("".join(["hunt", "er2"]))
    except ValueError as error:
        structlog.get_logger().error("fault", exc_info=error)
    text = capsys.readouterr().err
    assert "ValueError: 7" in text
    assert "hunter2" not in text


def test_outside_of_a_call() -> None:
    """Outside of a call there is neither a call nor a caller."""
    with pytest.raises(LookupError):
        current_call()
    with pytest.raises(TokenMissing):
        current_principal()
