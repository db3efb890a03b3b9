"""Mails over SMTP (RFC 5321)."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, Literal

from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.users.adapters.mail.messages import message_of
from emo_grpc.users.service_layer.mail_errors import MailRefused
from emo_grpc.users.service_layer.ports import Mail

TIMEOUT_SECONDS: Final = 10.0
PERMANENT: Final = 500
"""The first code of a permanent negative reply (RFC 5321, section 4.2.1)."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed over. An empty password means no login."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    password: str = field(repr=False)


class SmtpMailer:
    """One connection a mail, on a thread. Certificates are checked as the system does, or as `trust` does."""

    def __init__(self, server: SmtpServer, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._trust = trust

    async def send(self, mail: Mail) -> None:
        """Returns when the server has accepted it."""
        message = message_of(mail, self._server.sender)
        try:
            await asyncio.to_thread(self._send, message)
        except (smtplib.SMTPException, OSError) as error:
            # The text of an SMTP error may repeat the mail, so only its kind is told.
            kind = type(error).__name__
            if _is_for_good(error):
                raise MailRefused(f"the mail server refuses the mail for good ({kind})") from error
            raise Unavailable(f"the mail server did not take the mail ({kind})") from error

    def _send(self, message: EmailMessage) -> None:
        trust = self._trust or ssl.create_default_context()
        with self._connect(trust) as connection:
            if self._server.security == "starttls":
                connection.starttls(context=trust)
            if self._server.password:
                connection.login(self._server.sender, self._server.password)
            connection.send_message(message)

    def _connect(self, trust: ssl.SSLContext) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=trust)
        return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)


def _is_for_good(error: Exception) -> bool:
    """Whether it is about this mail; a refused sender or password is for the operator to mend."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return all(code >= PERMANENT for code, _ in refused.values())
        case smtplib.SMTPDataError(smtp_code=code):
            return int(code) >= PERMANENT
        case _:
            return False
