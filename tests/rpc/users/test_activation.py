"""From registration to the first login with a mail server, on SQLite and through the outbox."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from grpc import StatusCode

from emo.users.v1 import users_pb2 as pb
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.users import UsersContext
from emo_grpc.settings import Settings, SmtpSecurity
from emo_grpc.shared.service_layer.relay import Relay

from .people import People, failure


class Mailbox:
    """What the mail server was handed."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    # Any: aiosmtpd has no types for these.
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, EmailMessage, policy=email.policy.SMTP))
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def settings(settings: Settings, mailbox: Mailbox) -> AsyncIterator[Settings]:
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mailbox), "127.0.0.1", 0)
    mail = {
        "email_smtp_server": "127.0.0.1",
        "email_smtp_port": server.sockets[0].getsockname()[1],
        "email_smtp_security": SmtpSecurity.NONE,
        "email_sender_address": "emo@example.org",
    }
    yield settings.model_copy(update=mail)
    server.close()
    await server.wait_closed()


async def test_activates_by_mail(people: People, users: UsersContext, engines: Engines, mailbox: Mailbox) -> None:
    """A new account is PENDING, the relay mails its token, and that token lets it log in, once."""
    await people.register()
    assert (await failure(people.log_in()))[:2] == (StatusCode.FAILED_PRECONDITION, "USER_NOT_ACTIVATED")
    await Relay(engines.outbox, users.event_handlers, engines.clock, lambda *_: None).run_once()
    assert [mail["To"] for mail in mailbox.mails] == ["ana@example.org"]
    token = max(mailbox.mails[0].get_content().split(), key=len)
    request = pb.ActivateUserRequest(activation_token=token)
    await people.stub.ActivateUser(request)
    await people.log_in()
    assert (await failure(people.stub.ActivateUser(request)))[1] == "ACTIVATION_TOKEN_INVALID"
