"""A real mail server on this machine, with the moods that such servers have."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

SENDER = "emo@example.org"
PASSWORD = "mail password"


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail, with the line ends of this machine."""
    part = message.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    """Its HTML."""
    part = message.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def parsed(content: bytes) -> EmailMessage:
    """A mail as a program reads it."""
    return email.message_from_bytes(content, EmailMessage, policy=email.policy.SMTP)


def _taken(_: str | bytes) -> str:
    return "250 OK"


@dataclass
class MailServer:
    """What it took, and how it answers to each recipient and to each mail.

    `drops`: it goes away while the mail comes, or when it has taken it and owes the answer. `is_stalled`: it never
    answers to a mail; `was_left` when the client has given up on it.
    """

    to_recipient: Callable[[str], str] = _taken
    to_mail: Callable[[bytes], str] = _taken
    drops: Literal["in the mail", "after the mail"] | None = None
    is_stalled: bool = False
    was_left: asyncio.Event = field(default_factory=asyncio.Event)
    envelopes: list[Envelope] = field(default_factory=list)
    port: int = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """Those that it took."""
        return [parsed(_content(envelope)) for envelope in self.envelopes]

    # Any: aiosmtpd has no types for these.
    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        answer = self.to_recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:
        if self.is_stalled:
            try:
                await asyncio.Event().wait()  # its task ends with the connection
            finally:
                self.was_left.set()
        answer = self.to_mail(_content(envelope))
        if answer.startswith("250"):
            self.envelopes.append(envelope)
        if self.drops:
            server.transport.abort()
        return answer


class _Session(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.drops != "in the mail":
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.readline()
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.abort()


@asynccontextmanager
async def running_mail_server(
    server: MailServer,
    security: Literal["starttls", "tls", "none"] = "none",
    certificate: tuple[Path, Path] | None = None,
    *,
    wants_login: bool = False,
) -> AsyncIterator[MailServer]:
    """Run it on a free port of 127.0.0.1, under a certificate and its key; logins are those of SENDER with PASSWORD."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        tls.load_cert_chain(*certificate)
    session = partial(_Session, server, authenticator=_authenticate, auth_required=wants_login, auth_require_tls=False)
    guarded = partial(session, tls_context=tls, require_starttls=True) if security == "starttls" else session
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(guarded, "127.0.0.1", 0, ssl=tls if security == "tls" else None)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, login: Any) -> AuthResult:
    return AuthResult(success=login == LoginPassword(SENDER.encode(), PASSWORD.encode()), handled=False)


def _content(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content
