"""From registration to the first login with a mail server, on SQLite and through the outbox."""

from collections.abc import AsyncIterator

import pytest
from grpc import StatusCode

from emo.users.v1 import users_pb2 as pb
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.users import UsersContext
from emo_grpc.settings import Settings, SmtpSecurity
from emo_grpc.shared.service_layer.relay import Relay
from smtp_server import SENDER, MailServer, html_of, running_mail_server, text_of

from .people import PASSWORD, People, failure


@pytest.fixture
async def mailbox() -> AsyncIterator[MailServer]:
    async with running_mail_server(MailServer()) as server:
        yield server


@pytest.fixture
def settings(settings: Settings, mailbox: MailServer) -> Settings:
    mail = {
        "email_smtp_server": "127.0.0.1",
        "email_smtp_port": mailbox.port,
        "email_smtp_security": SmtpSecurity.NONE,
        "email_sender_address": SENDER,
    }
    return settings.model_copy(update=mail)


async def test_activates_by_mail(people: People, users: UsersContext, engines: Engines, mailbox: MailServer) -> None:
    """A new account is PENDING, the relay mails its token, and that token lets it log in, once."""
    await people.register()
    assert (await failure(people.log_in()))[:2] == (StatusCode.FAILED_PRECONDITION, "USER_NOT_ACTIVATED")
    await Relay(engines.outbox, users.event_handlers, engines.clock, lambda *_: None).run_once()
    assert [mail["To"] for mail in mailbox.mails] == ["ana@example.org"]
    token = max(text_of(mailbox.mails[0]).split(), key=len)
    request = pb.ActivateUserRequest(activation_token=token)
    await people.stub.ActivateUser(request)
    await people.log_in()
    assert (await failure(people.stub.ActivateUser(request)))[1] == "ACTIVATION_TOKEN_INVALID"


async def test_a_known_address_is_told_to_its_owner_alone(
    people: People, users: UsersContext, engines: Engines, mailbox: MailServer
) -> None:
    """A second registration with an address is answered as the first, and the owner gets a mail about it."""
    relay = Relay(engines.outbox, users.event_handlers, engines.clock, lambda *_: None)
    request = pb.RegisterUserRequest(username="eve", email="ANA@example.org", password=PASSWORD, locale="es")
    answers = [await people.register(), (await people.stub.RegisterUser(request)).user_id]
    assert len(set(answers)) == 2
    await relay.run_once()
    assert sorted((mail["To"], mail["Subject"]) for mail in mailbox.mails) == [
        ("ana@example.org", "Activate your emo account"),
        ("ana@example.org", "You already have an emo account"),
    ]
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 2
    for login in (people.log_in("ana"), people.log_in("eve")):
        assert (await failure(login))[1] == "USER_NOT_ACTIVATED"


HEADER = "\r\nBcc: eve@example.com\r\n\r\nBuy"


@pytest.mark.parametrize("field", ["username", "email", "public_name", "locale"])
async def test_header_lines_in_names_are_refused(people: People, engines: Engines, field: str) -> None:
    """By the name of their field, and nothing is to be mailed to anybody."""
    fields = {"username": "ana", "email": "ana@example.org", "public_name": "Ana", "locale": "en"}
    request = pb.RegisterUserRequest(**fields | {field: fields[field] + HEADER}, password=PASSWORD)
    _, reason, named = await failure(people.stub.RegisterUser(request))
    assert (reason, set(named)) == ("INVALID_ARGUMENT", {field})
    assert await engines.outbox.rows(None, 10) == []


async def test_names_are_text_in_a_mail(
    people: People, users: UsersContext, engines: Engines, mailbox: MailServer
) -> None:
    """A name may have what breaks lines in Unicode, and what means something in HTML: the mail is the same."""
    name = "Ana\u2028Bcc: eve\u2029.\u2028<b>Buy"
    request = pb.RegisterUserRequest(username="ana", email="ana@example.org", public_name=name, password=PASSWORD)
    await people.stub.RegisterUser(request)
    await Relay(engines.outbox, users.event_handlers, engines.clock, lambda *_: None).run_once()
    (mail,), (envelope,) = mailbox.mails, mailbox.envelopes
    assert (envelope.rcpt_tos, mail["Bcc"], mail["Subject"]) == (["ana@example.org"], None, "Activate your emo account")
    assert text_of(mail).startswith("Hello Ana Bcc: eve . <b>Buy,\n\n")
    assert "<b>" not in html_of(mail)
