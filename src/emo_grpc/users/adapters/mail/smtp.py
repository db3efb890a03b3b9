"""Mails over SMTP (RFC 5321)."""

import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from aiosmtplib import SMTP, SMTPException

from emo_grpc.users.adapters.mail.messages import address_of, message_of
from emo_grpc.users.adapters.mail.smtp_errors import meaning_of
from emo_grpc.users.service_layer.mails.ports import Mail, MailerMisconfigured

TIMEOUT_SECONDS: Final = 10.0
"""For each answer of the server."""
GOODBYE_SECONDS: Final = 1.0
"""The mail is in other hands by then."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed over. An empty password means no login; else it is that of the sender's address."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    password: str = field(repr=False)


class SmtpMailer:
    """One connection a mail. Certificate and name are checked as the system does, or as `trust` does.

    STARTTLS is not a matter of what the server offers: a server without it gets neither password nor mail.
    """

    def __init__(
        self, server: SmtpServer, trust: ssl.SSLContext | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._server = server
        self._trust = trust
        self._timeout = timeout

    async def send(self, mail: Mail) -> None:
        """Returns when the server has accepted it."""
        message = message_of(mail, self._server.sender)

        async def send_message(connection: SMTP) -> None:
            await connection.send_message(message)

        await self._connected(send_message)

    async def try_out(self) -> None:
        """Log in, and name the sender, but send nothing. Raises what `send` does."""

        async def name_sender(connection: SMTP) -> None:
            await connection.mail(address_of(self._server.sender))
            await connection.rset()

        await self._connected(name_sender)

    async def _connected(self, talk: Callable[[SMTP], Awaitable[None]]) -> None:
        connection = self._connection()
        try:
            await connection.connect()
            await talk(connection)
        except (SMTPException, OSError) as error:
            meaning = meaning_of(error)
            if isinstance(meaning, MailerMisconfigured):
                structlog.get_logger("emo.mail").error(
                    "no mail can be sent with these settings", setting=meaning.setting, problem=meaning.problem
                )
            # Not chained: the text of an SMTP error may repeat the mail.
            raise meaning from None
        else:
            with suppress(SMTPException, OSError):
                await connection.quit(timeout=GOODBYE_SECONDS)
        finally:
            connection.close()

    def _connection(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=address_of(server.sender) if server.password else None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._trust,
            timeout=self._timeout,
        )
