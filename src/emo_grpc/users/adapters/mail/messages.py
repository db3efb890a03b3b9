"""Mails in the form of RFC 5322."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from emo_grpc.users.domain.email_address import ENCODED_WORD, mailable
from emo_grpc.users.service_layer.mails.ports import Mail, MailRefused


def address_of(sender: str) -> str:
    """The address of a sender, who may have a name: `Emo <emo@example.org>`."""
    return parseaddr(sender)[1]


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """Plain text, and HTML for programs that show it, both UTF-8. The library refuses line breaks in headers.

    It is marked as written by no person (RFC 3834, section 5), so that nothing answers it.

    Raises MailRefused for an address of an earlier release that the library would decode, and send to another one.
    """
    if ENCODED_WORD in mail.to:
        raise MailRefused("a mail program would read another address in this one")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    local, domain = mailable(mail.to)
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{mail.message_key}@{mailable(address_of(sender))[1] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message
