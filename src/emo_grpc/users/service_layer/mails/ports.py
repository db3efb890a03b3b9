"""What mails are, who writes and who sends them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID, uuid4

from emo_grpc.shared.service_layer.outbox import Undeliverable


class MailKind(StrEnum):
    """What a mail is about, with the values that its text takes beside `name`, which each has. Tokens are secrets."""

    ACTIVATION = "activation"
    """`token`, `days`: to a new account."""
    ALREADY_REGISTERED = "already-registered"
    """`username`: to the owner of an address that somebody registered with again."""
    PASSWORD_RESET = "password-reset"  # noqa: S105 - the name of a template
    """`token`, `hours`."""
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - as above
    EMAIL_CHANGE = "email-change"
    """`address` (the new one), `token`, `hours`: to the new address, which the token confirms."""
    EMAIL_CHANGED = "email-changed"
    """`address` (the new one), `token`, `days`: to the old address, for which the token undoes it."""
    EMAIL_SET = "email-set"
    """`username`, `token`, `hours`: to the address that the operator gave an account, for another password."""
    NEW_DEVICE = "new-device"
    """`device` and `peer`, which may be empty, `time`."""
    ACCOUNT_REMOVED = "account-removed"
    IDENTITY_LINKED = "identity-linked"
    """`issuer`: its identity was linked to the account."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A text for a person, `body` in plain text and `html`, which may both hold secrets.

    `message_key` is the same each time that the mail is sent, so that mail programs show it once: the id of the outbox
    row that it is sent for.
    """

    to: str
    subject: str
    body: str = field(repr=False)
    html: str = field(default="", repr=False)
    message_key: UUID = field(default_factory=uuid4)


class MailTexts(Protocol):
    """What mails say."""

    def write(self, kind: MailKind, *, to: str, locale: str, values: Mapping[str, str]) -> Mail:
        """The mail in the language of `locale` (BCP 47), or in English where there is none.

        A line break in a value is a space in the mail.
        """
        ...


class Mailer(Protocol):
    """Hands mails over for delivery.

    Raises `Unavailable`; the same mail may then be sent again. Or `MailRefused`, or `MailerMisconfigured`.
    """

    async def send(self, mail: Mail) -> None:
        """When this returns, the mail is in other hands."""
        ...


class MailRefused(Undeliverable):
    """The mail server will never take this mail: its address does not exist, or its content is refused."""


class MailerMisconfigured(Exception):
    """No mail goes out before somebody mends a setting. `setting` is its name, `problem` what is wrong, no secret."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem
