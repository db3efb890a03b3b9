"""A mail server on this machine."""

import asyncio
import email
import email.policy
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from smtp_server import text_of


class Mailbox:
    """What was accepted, by recipient. Each mail takes `seconds` to be."""

    def __init__(self) -> None:
        self._mails: dict[str, list[EmailMessage]] = {}
        self._news = asyncio.Event()
        self.seconds = 0.0
        self.port = 0

    @property
    def counts(self) -> Counter[str]:
        """How many came for whom."""
        return Counter({to: len(mails) for to, mails in self._mails.items()})

    def tokens(self, to: str) -> list[str]:
        """Of activation, the oldest first."""
        return [max(text_of(mail).split(), key=len) for mail in self._mails.get(to, ())]

    async def wait_for(self, to: str, count: int, seconds: float) -> None:
        """Until so many have come."""
        async with asyncio.timeout(seconds):
            while self.counts[to] < count:
                self._news.clear()
                await self._news.wait()

    @property
    def environment(self) -> dict[str, str]:
        """For a server that sends its mail here."""
        return {
            "EMAIL_SMTP_SERVER": "127.0.0.1",
            "EMAIL_SMTP_PORT": str(self.port),
            "EMAIL_SMTP_SECURITY": "none",
            "EMAIL_SENDER_ADDRESS": "emo@example.org",
        }

    # Any: aiosmtpd has no types for these.
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        await asyncio.sleep(self.seconds)
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, EmailMessage, policy=email.policy.SMTP)
        self._mails.setdefault(str(mail["To"]), []).append(mail)
        self._news.set()
        return "250 OK"


@asynccontextmanager
async def open_mailbox() -> AsyncIterator[Mailbox]:
    """One on a free port."""
    found = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(found), "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()
