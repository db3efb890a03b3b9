"""Mails in the form of RFC 5322."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from emo_grpc.users.service_layer.ports import Mail


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """Plain text, UTF-8. The library refuses line breaks in headers."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    message.set_content(mail.body)
    return message
