"""Mails through a real SMTP server on this machine, and into a folder."""

import asyncio
import email
import email.policy
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from structlog.testing import capture_logs

from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.users.adapters.mail.folder import MailFolder
from emo_grpc.users.adapters.mail.log import LogMailer
from emo_grpc.users.adapters.mail.messages import message_of
from emo_grpc.users.adapters.mail.smtp import SmtpMailer, SmtpServer
from emo_grpc.users.service_layer.ports import Mail, MailRefused
from syncs import watched_syncs

MAIL = Mail(to="ana@example.org", subject="Activa't", body="Núñez, el teu codi és s3cret\n")
SENDER = "emo@example.org"
# aiosmtpd says so of a server that wants a password and no TLS, which is what we try our mailer on.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

Security = Literal["starttls", "tls", "none"]


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, EmailMessage, policy=email.policy.SMTP)


class Received:
    """What the server was handed; it refuses recipients whose name begins with `no`, and has no room for `full`."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    # Any: aiosmtpd has no types for these.
    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if address.startswith("no"):
            return "550 no such mailbox"
        if address.startswith("full"):
            return "452 no room now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        if b"spam" in (envelope.original_content or b""):
            return "554 not here"
        self.envelopes.append(envelope)
        return "250 OK"


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, login: Any) -> AuthResult:
    return AuthResult(success=login == LoginPassword(SENDER.encode(), b"mail password"), handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate of localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        f"{key}",
        "-out",
        f"{cert}",
    ]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
async def serve(
    received: Received, certificate: tuple[Path, Path]
) -> AsyncIterator[Callable[[Security], "asyncio.Future[int]"]]:
    """Starts a server with that kind of protection; gives its port."""
    servers: list[asyncio.Server] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def start(security: Security) -> int:
        def session() -> SMTP:
            guarded = partial(SMTP, received, authenticator=authenticate, auth_required=True, auth_require_tls=False)
            return guarded(tls_context=context, require_starttls=True) if security == "starttls" else guarded()

        tls = context if security == "tls" else None
        server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield lambda security: asyncio.ensure_future(start(security))
    for server in servers:
        server.close()
        await server.wait_closed()


def mailer(
    port: int, security: Security, certificate: tuple[Path, Path] | None = None, password: str = "mail password"
) -> SmtpMailer:
    trust = ssl.create_default_context(cafile=certificate[0]) if certificate else None
    return SmtpMailer(SmtpServer("127.0.0.1", port, security, SENDER, password), trust)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_hands_over(
    serve: Callable[[Security], "asyncio.Future[int]"],
    received: Received,
    certificate: tuple[Path, Path],
    security: Security,
) -> None:
    """With each kind of protection the server gets the mail whole, from the sender who logged in."""
    await mailer(await serve(security), security, certificate).send(MAIL)
    envelope = received.envelopes[0]
    assert isinstance(envelope.content, bytes)
    message = parsed(envelope.content)
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [MAIL.to])
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, MAIL.to, MAIL.subject)
    assert message.get_content().replace("\r\n", "\n") == MAIL.body
    assert message["Date"]
    assert message["Message-ID"].endswith("@example.org>")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_trusts_no_stranger(
    serve: Callable[[Security], "asyncio.Future[int]"], received: Received, security: Security
) -> None:
    """A server whose certificate nobody vouches for gets neither password nor mail."""
    with pytest.raises(Unavailable):
        await mailer(await serve(security), security).send(MAIL)
    assert received.envelopes == []


async def test_refusals_can_be_tried_again(
    serve: Callable[[Security], "asyncio.Future[int]"], received: Received
) -> None:
    """A wrong password, no login and a recipient without room are all Unavailable, and none repeats the mail."""
    port = await serve("none")
    attempts = [
        (mailer(port, "none", password="wrong"), MAIL),
        (mailer(port, "none", password=""), MAIL),
        (mailer(port, "none"), Mail("full@example.org", "subject", "s3cret")),
    ]
    for sender, mail in attempts:
        with pytest.raises(Unavailable) as caught:
            await sender.send(mail)
        assert "s3cret" not in str(caught.value)
    assert received.envelopes == []


@pytest.mark.parametrize(
    "mail", [Mail("nobody@example.org", "subject", "s3cret"), Mail("ana@example.org", "spam", "s3cret")]
)
async def test_refused_for_good(
    serve: Callable[[Security], "asyncio.Future[int]"], received: Received, mail: Mail
) -> None:
    """A recipient that is not there, or a text that the server does not want, is MailRefused, which repeats nothing."""
    with pytest.raises(MailRefused) as caught:
        await mailer(await serve("none"), "none").send(mail)
    assert "s3cret" not in str(caught.value)
    assert received.envelopes == []


async def test_no_server() -> None:
    """Where nobody listens the mail may be tried again."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable):
            await mailer(unused.getsockname()[1], "none").send(MAIL)


async def test_writes_files(tmp_path: Path) -> None:
    """Each mail is a file that only its owner can read, and the log tells where, but not what."""
    folder = tmp_path / "mail"
    with capture_logs() as lines:
        for _ in range(2):
            await MailFolder(folder, SENDER).send(MAIL)
    files = sorted(folder.iterdir())
    assert [line["path"] for line in lines] == [str(path) for path in files]
    assert "s3cret" not in repr(lines)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    message = parsed(files[0].read_bytes())
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert "Núñez" in message.get_content()


async def test_a_mail_in_a_folder_survives_a_power_cut(tmp_path: Path) -> None:
    """Its bytes are synced, then its name in the folder."""
    folder = tmp_path / "mail"
    with watched_syncs() as syncs:
        await MailFolder(folder, SENDER).send(MAIL)
    (mail,) = folder.iterdir()
    assert syncs.order(folder, mail) == [mail, folder]


async def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in whose place there is a file is Unavailable."""
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(Unavailable):
        await MailFolder(tmp_path / "mail", SENDER).send(MAIL)


@pytest.mark.parametrize(
    ("to", "header"),
    [
        ("Ana@B\u00fccher.de", b"To: Ana@xn--bcher-kva.de"),
        ("a,b@x.org", b'To: "a,b"@x.org'),
    ],
)
def test_a_mail_goes_to_the_address_as_it_is(to: str, header: bytes) -> None:
    """Nothing of an address is decoded or split, not even of one that an earlier release took; domains are ASCII."""
    message = message_of(Mail(to=to, subject="s", body="b"), "emo@example.org")
    assert header in bytes(message).splitlines()
    assert len(message["To"].addresses) == 1


async def test_no_mail_goes_to_a_decoded_address(tmp_path: Path) -> None:
    """An address that the library would read as another one gets no mail, though an earlier release took it."""
    with pytest.raises(MailRefused):
        await MailFolder(tmp_path, "emo@example.org").send(Mail(to="=?utf-8?q?x?=@x.org", subject="s", body="b"))
    assert list(tmp_path.iterdir()) == []


async def test_a_mail_that_nobody_gets_is_told() -> None:
    """One line of the log has its subject, and neither its token nor its address."""
    with capture_logs() as lines:
        await LogMailer().send(MAIL)
    (line,) = lines
    assert line["subject"] == MAIL.subject
    assert MAIL.to not in str(line)
    assert "s3cret" not in str(line)
