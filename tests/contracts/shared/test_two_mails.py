"""One event, two mails: what was lost where one delivery stood for both."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from emo_grpc.shared.service_layer.relay import Relay
from emo_grpc.users.adapters.mail.smtp import SmtpMailer, SmtpServer
from emo_grpc.users.service_layer.mails.ports import Mail
from smtp_server import SENDER, MailServer, running_mail_server

from .notes import NOW, Engine, Note, NoteWritten

OLD, NEW = "old@example.org", "new@example.org"


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with running_mail_server(MailServer()) as running:
        yield running


def relay_of(engine: Engine, server: MailServer, clock: Clock) -> Relay:
    """A relay whose two handlers of one event mail to two addresses, through a real server."""
    mailer = SmtpMailer(SmtpServer("127.0.0.1", server.port, "none", SENDER, ""))

    async def to_old(event: NoteWritten, row_id: UUID) -> None:
        await mailer.send(Mail(to=OLD, subject="old", body=event.text, message_key=row_id))

    async def to_new(event: NoteWritten, row_id: UUID) -> None:
        await mailer.send(Mail(to=NEW, subject="new", body=event.text, message_key=row_id))

    return Relay(engine.outbox, {NoteWritten: {"first": to_old, "second": to_new}}, clock, lambda *_: None)


@pytest.mark.parametrize("failing", [None, OLD, NEW])
async def test_one_event_with_two_mails_from_two_handlers(
    engine: Engine, server: MailServer, failing: str | None
) -> None:
    """Both arrive, once each, also when one of them fails at first."""
    tried: list[str] = []

    def to_recipient(address: str) -> str:
        tried.append(address)
        return "450 come again" if address == failing and tried.count(address) == 1 else "250 OK"

    server.to_recipient = to_recipient
    clock = Clock()
    async with engine.unit() as unit:
        note = Note(note_id=uuid4(), text="x")
        note.record(NoteWritten(note_id=note.note_id, text=note.text))
        await unit.notes.write(note)
        await unit.commit()
    relay = relay_of(engine, server, clock)
    await relay.run_once()
    arrived = {OLD, NEW} - {failing}
    assert {message["To"] for message in server.mails} == arrived
    clock.now += timedelta(seconds=1)
    await relay.run_once()
    assert sorted(message["To"] for message in server.mails) == [NEW, OLD]
    assert len({message["Message-ID"] for message in server.mails}) == 2
    assert await engine.outbox.rows(None, 10) == []
