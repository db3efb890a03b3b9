"""Checks of the mail server."""

from emo_grpc.bootstrap.users import smtp_mailer
from emo_grpc.preflight.finding import Finding, fail, ok, warn
from emo_grpc.settings import Settings
from emo_grpc.users.service_layer.mails.ports import MailerMisconfigured, MailRefused


async def look_at_mail(settings: Settings) -> list[Finding]:
    """Whether the mail server takes the login and the sender. Sends nothing. Raises Unavailable."""
    if not settings.email_smtp_server:
        return [ok(f"is written to {settings.data_folder / 'mail'}: EMAIL_SMTP_SERVER is not set")]
    try:
        await smtp_mailer(settings).try_out()
    except MailerMisconfigured as error:
        return [fail(error.problem, f"correct {error.setting}")]
    except MailRefused as error:
        return [fail(str(error), "correct EMAIL_SENDER_ADDRESS")]
    server = f"{settings.email_smtp_server}:{settings.email_smtp_port}"
    login = "the login" if settings.email_sender_password.get_secret_value() else "no login"
    found = [ok(f"{server} takes {login} and the sender")]
    if not settings.email_sender_address:
        found.append(warn("mails come from emo@localhost, which others refuse", "set EMAIL_SENDER_ADDRESS"))
    return found
