"""Mails through a real SMTP server on this machine, which behaves in all the ways in which such servers do."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from structlog.testing import capture_logs

from certificates import Authority
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.users.adapters.mail.smtp import SmtpMailer, SmtpServer
from emo_grpc.users.service_layer.mails.ports import Mail, MailerMisconfigured, MailRefused
from smtp_server import PASSWORD, SENDER, MailServer, running_mail_server, text_of

MAIL = Mail(to="ana@example.org", subject="Activa't", body="Núñez, el teu codi és s3cret\n", html="<p>s3cret</p>")
# aiosmtpd says so of a server that wants a password and no TLS, which is what we try our mailer on.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

Security = Literal["starttls", "tls", "none"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Has signed for localhost, and for another name."""
    made = Authority(tmp_path_factory.mktemp("tls"), "mail")
    made.sign("other", names="DNS:mail.example.net")
    return made


def certificate(authority: Authority, name: str = "mail") -> tuple[Path, Path]:
    return authority.folder / f"{name}.crt", authority.folder / f"{name}.key"


def mailer(
    port: int,
    security: Security = "none",
    authority: Authority | None = None,
    *,
    password: str = "",
    timeout: float = 10,
    sender: str = SENDER,
) -> SmtpMailer:
    trust = ssl.create_default_context(cafile=authority.folder / "ca.crt") if authority else None
    return SmtpMailer(SmtpServer("127.0.0.1", port, security, sender, password), trust, timeout)


async def refusal(sender: SmtpMailer, mail: Mail = MAIL) -> Exception:
    """The error of a mail that must fail. It repeats nothing of the mail, nor does what it came from, nor the log."""
    with capture_logs() as lines, pytest.raises((Unavailable, MailRefused, MailerMisconfigured)) as caught:
        await sender.send(mail)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    for secret in ("s3cret", mail.to):
        assert secret not in f"{caught.value} {lines}"
    return caught.value


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_hands_over(authority: Authority, security: Security) -> None:
    """With each kind of protection the server gets the mail whole, from the sender who logged in."""
    server = MailServer()
    async with running_mail_server(server, security, certificate(authority), wants_login=True):
        await mailer(server.port, security, authority, password=PASSWORD).send(MAIL)
    (envelope,), (message,) = server.envelopes, server.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [MAIL.to])
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, MAIL.to, MAIL.subject)
    assert text_of(message) == MAIL.body
    assert message["Message-ID"] == f"<{MAIL.message_key}@example.org>"


async def test_a_sender_with_a_name_logs_in_by_address() -> None:
    """The name is for people; the server hears the address."""
    server = MailServer()
    async with running_mail_server(server, wants_login=True):
        await mailer(server.port, password=PASSWORD, sender=f"Emo <{SENDER}>").send(MAIL)
    assert [envelope.mail_from for envelope in server.envelopes] == [SENDER]
    assert [str(message["From"]) for message in server.mails] == [f"Emo <{SENDER}>"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("name", "is_trusted", "problem"), [("mail", False, "certificate"), ("other", True, "127.0.0.1")]
)
async def test_trusts_no_stranger(
    authority: Authority, security: Security, name: str, is_trusted: bool, problem: str
) -> None:
    """A server whose certificate nobody vouches for, or is another's, gets no mail; the log says what to mend."""
    server = MailServer()
    async with running_mail_server(server, security, certificate(authority, name), wants_login=True):
        sender = mailer(server.port, security, authority if is_trusted else None, password=PASSWORD)
        with capture_logs() as lines, pytest.raises(MailerMisconfigured, match=r"^EMAIL_SMTP_SERVER: ") as caught:
            await sender.send(MAIL)
    assert problem in str(caught.value)
    assert [(line["log_level"], line["setting"]) for line in lines] == [("error", "EMAIL_SMTP_SERVER")]
    assert server.envelopes == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_asks_for_no_less_protection(authority: Authority, security: Security) -> None:
    """A server that offers no STARTTLS, or speaks no TLS, gets neither password nor mail."""
    server = MailServer()
    async with running_mail_server(server, wants_login=True):
        error = await refusal(mailer(server.port, security, authority, password=PASSWORD))
    assert isinstance(error, MailerMisconfigured)
    assert error.setting == "EMAIL_SMTP_SECURITY"
    assert server.envelopes == []


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_a_login_that_is_not_good(password: str) -> None:
    """No password and a wrong one are for the operator to mend."""
    server = MailServer()
    async with running_mail_server(server, wants_login=True):
        error = await refusal(mailer(server.port, password=password))
    assert isinstance(error, MailerMisconfigured)
    assert error.setting == "EMAIL_SENDER_PASSWORD"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 no such mailbox", MailRefused),
        ("450 greylisted, come again", Unavailable),
        ("452 no room now", Unavailable),
        ("421 closing", Unavailable),
        ("530 authentication required", MailerMisconfigured),
    ],
)
async def test_what_is_said_of_a_recipient(answer: str, kind: type[Exception]) -> None:
    """Codes of 400 and more are for now, those of 500 and more for good; nothing was taken."""
    server = MailServer(to_recipient=lambda _: answer)
    async with running_mail_server(server):
        assert type(await refusal(mailer(server.port))) is kind
    assert server.envelopes == []


@pytest.mark.parametrize(("answer", "kind"), [("554 not here", MailRefused), ("451 later", Unavailable)])
async def test_what_is_said_of_a_mail(answer: str, kind: type[Exception]) -> None:
    """Also of a text that the server does not want."""
    server = MailServer(to_mail=lambda content: f"{answer}: {content[:20].decode()}")
    async with running_mail_server(server):
        assert type(await refusal(mailer(server.port))) is kind


async def test_greylisted_mails_come_later() -> None:
    """The second try of the same mail is taken, and is the same to a mail program."""
    answers = iter(["450 come again", "250 OK"])
    server = MailServer(to_recipient=lambda _: next(answers))
    async with running_mail_server(server):
        await refusal(mailer(server.port))
        await mailer(server.port).send(MAIL)
    assert [message["Message-ID"] for message in server.mails] == [f"<{MAIL.message_key}@example.org>"]


async def test_a_server_that_stalls() -> None:
    """One that never answers to the mail is left after a while."""
    server = MailServer(is_stalled=True)
    async with running_mail_server(server):
        assert type(await refusal(mailer(server.port, timeout=0.2))) is Unavailable


async def test_a_delivery_that_is_cancelled() -> None:
    """It leaves no connection behind, whatever the server is at."""
    server = MailServer(is_stalled=True)
    async with running_mail_server(server):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await mailer(server.port).send(MAIL)
        async with asyncio.timeout(5):
            await server.was_left.wait()


async def test_a_server_that_goes_away_in_the_mail() -> None:
    """Before the final dot nothing was taken, so it is tried again."""
    server = MailServer(drops="in the mail")
    async with running_mail_server(server):
        assert type(await refusal(mailer(server.port))) is Unavailable
        server.drops = None
        await mailer(server.port).send(MAIL)
    assert len(server.mails) == 1


async def test_a_server_that_goes_away_after_the_mail() -> None:
    """After the final dot nobody knows, so it is sent again, and both are one to a mail program."""
    server = MailServer(drops="after the mail")
    async with running_mail_server(server):
        assert type(await refusal(mailer(server.port))) is Unavailable
        server.drops = None
        await mailer(server.port).send(MAIL)
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]


async def test_no_server() -> None:
    """Where nobody listens the mail may be tried again."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert type(await refusal(mailer(unused.getsockname()[1]))) is Unavailable


async def test_letters_that_the_server_can_not_have() -> None:
    """A mailbox with letters beyond ASCII gets none from a server that can't have such, and is not tried again."""
    server = MailServer()
    async with running_mail_server(server):
        assert type(await refusal(mailer(server.port), replace(MAIL, to="núria@example.org"))) is MailRefused


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: replace(mail, subject="s\r\nBcc: eve@example.com"),
        lambda mail: replace(mail, to="ana@example.org\r\nBcc: eve@example.com"),
        lambda mail: replace(mail, to="ana@example.org> SIZE=1\r\nRCPT TO:<eve@example.com"),
        lambda mail: replace(mail, body="x\r\n.\r\nRCPT TO:<eve@example.com>\r\n"),
        lambda mail: replace(mail, body="x\n.\nMAIL FROM:<eve@example.com>\n", html="\r.\r"),
    ],
)
async def test_nobody_else_is_written_to(change: Callable[[Mail], Mail]) -> None:
    """Whatever a mail holds, the server hears of one recipient, and of no other command."""
    server = MailServer()
    async with running_mail_server(server):
        try:
            await mailer(server.port).send(change(MAIL))
        except (ValueError, MailRefused):
            assert server.envelopes == []
    assert all(envelope.rcpt_tos == [MAIL.to] for envelope in server.envelopes)
    assert [message["Bcc"] for message in server.mails] == [None] * len(server.mails)
