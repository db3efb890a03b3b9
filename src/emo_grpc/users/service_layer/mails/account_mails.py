"""Mails to people about their accounts."""

from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from emo_grpc.users.domain.email_address import is_nobodys
from emo_grpc.users.service_layer.mails.ports import Mailer, MailKind, MailTexts


class Addressee(Protocol):
    """Whom a mail is for: an account, or what an event keeps of one."""

    @property
    def email(self) -> str:
        """Where it goes."""
        ...

    @property
    def public_name(self) -> str:
        """Who is greeted."""
        ...

    @property
    def locale(self) -> str:
        """The language it is in."""
        ...


@dataclass(frozen=True, slots=True)
class AccountMails:
    """Writes mails and hands them over. Only handlers of events do this: what fails is sent again."""

    texts: MailTexts
    mailer: Mailer

    async def send(
        self, kind: MailKind, addressee: Addressee, row_id: UUID, *, to: str | None = None, **values: str
    ) -> None:
        """Send it, perhaps to another address than the account's; raises what `Mailer` does.

        `row_id` is that of the outbox row, by which a mail program knows one that it gets twice. `values` are those
        that `MailKind` tells of.
        """
        address = to or addressee.email
        if is_nobodys(address):
            return
        named = {"name": addressee.public_name} | values
        mail = self.texts.write(kind, to=address, locale=addressee.locale, values=named)
        await self.mailer.send(replace(mail, message_key=row_id))
