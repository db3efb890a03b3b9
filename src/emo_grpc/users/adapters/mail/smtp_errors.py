"""What a failure of SMTP means for the mail: try again, never, or not with these settings."""

import ssl
from typing import Final

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.users.service_layer.mails.ports import MailerMisconfigured, MailRefused

PERMANENT: Final = 500
"""The first code of a permanent negative reply (RFC 5321, section 4.2.1)."""
AUTHENTICATION_REQUIRED: Final = 530
"""RFC 4954, section 6."""

SECURITY: Final = "EMAIL_SMTP_SECURITY"
SERVER: Final = "EMAIL_SMTP_SERVER"
SENDER: Final = "EMAIL_SENDER_ADDRESS"
PASSWORD: Final = "EMAIL_SENDER_PASSWORD"  # noqa: S105 - the name of a setting


def meaning_of(error: Exception) -> Unavailable | MailRefused | MailerMisconfigured:
    """The error of the port. It tells the kind of the given one and never its text, which may repeat the mail."""
    kind = type(error).__name__
    if misconfigured := _misconfigured(error):
        return misconfigured
    if _is_about_the_mail(error):
        return MailRefused(f"the mail server refuses the mail for good ({kind})")
    return Unavailable(f"the mail server did not take the mail ({kind})")


def _misconfigured(error: Exception) -> MailerMisconfigured | None:
    if AUTHENTICATION_REQUIRED in _codes(error):
        return MailerMisconfigured(PASSWORD, "the mail server wants a login")
    match error:
        case SMTPAuthenticationError(code=code) if code >= PERMANENT:
            return MailerMisconfigured(PASSWORD, "the mail server does not accept the address and password")
        case SMTPSenderRefused(code=code) if code >= PERMANENT:
            return MailerMisconfigured(SENDER, "the mail server refuses this sender")
    if type(error) is SMTPException:  # of the library's own: the server lacks STARTTLS, or a way to log in that we know
        return MailerMisconfigured(SECURITY, "the mail server offers no STARTTLS, or no login, on this port")
    return _tls_problem(error)


def _tls_problem(error: Exception) -> MailerMisconfigured | None:
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    match cause:
        case ssl.SSLCertVerificationError(verify_message=reason):
            return MailerMisconfigured(SERVER, f"its certificate is not trusted: {reason}")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():  # it went away
            return None
        case ssl.SSLError(reason=reason):
            return MailerMisconfigured(SECURITY, f"there is no TLS with the mail server on this port ({reason})")
    return None


def _is_about_the_mail(error: Exception) -> bool:
    match error:
        case SMTPRecipientsRefused() | SMTPDataError():
            return all(code >= PERMANENT for code in _codes(error))
        case SMTPNotSupported():  # an address with letters beyond ASCII, which this server can't have (RFC 6531)
            return True
    return False


def _codes(error: Exception) -> list[int]:
    """What the server answered, if it did."""
    if isinstance(error, SMTPRecipientsRefused):
        return [each.code for each in error.recipients]
    return [error.code] if isinstance(error, SMTPResponseException) else []
