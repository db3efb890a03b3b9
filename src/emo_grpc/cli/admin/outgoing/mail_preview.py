"""Carries out `emo admin mail preview`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typer

from emo_grpc.cli.terminal.printing import print_error, print_line
from emo_grpc.settings import load_settings
from emo_grpc.users.adapters.mail.templates import LANGUAGES, TemplateMailTexts, language_of
from emo_grpc.users.service_layer.mails.ports import MailKind

PERSON: Final = {"name": "Ana", "username": "ana"}
TOKEN: Final = "Tm90IGEgdG9rZW4sIGJ1dCBhcyBsb25nIGFzIG9uZSwgZm9yIHByZXZpZXdzLg"  # noqa: S105 - says that it is none
SAMPLES: Final[Mapping[MailKind, Mapping[str, str]]] = {
    MailKind.ACTIVATION: {"token": TOKEN, "days": "7"},
    MailKind.ALREADY_REGISTERED: {},
    MailKind.PASSWORD_RESET: {"token": TOKEN, "hours": "1"},
    MailKind.PASSWORD_CHANGED: {},
    MailKind.EMAIL_CHANGE: {"token": TOKEN, "hours": "1", "address": "ana@new.example.org"},
    MailKind.EMAIL_CHANGED: {"token": TOKEN, "days": "7", "address": "ana@new.example.org"},
    MailKind.EMAIL_SET: {"token": TOKEN, "hours": "1"},
    MailKind.NEW_DEVICE: {"device": "emo on laptop", "time": "2030-01-02 03:04 UTC", "peer": "192.0.2.7"},
    MailKind.ACCOUNT_REMOVED: {},
    MailKind.IDENTITY_LINKED: {"issuer": "https://login.example.org"},
}


def show_mail(name: str, locale: str, html: Path | None) -> None:
    """Print its subject and text, and write its HTML into a file. Raises typer.BadParameter, or OSError of the file."""
    if name not in set(MailKind):
        raise typer.BadParameter(f"{name!r} is no mail; these are: {', '.join(MailKind)}")
    kind = MailKind(name)
    if language_of(locale) is None:
        print_error(f"there are no mails in {locale}, so this is the English one; there are: {', '.join(LANGUAGES)}")
    texts = TemplateMailTexts(load_settings().public_url)
    mail = texts.write(kind, to="ana@example.org", locale=locale, values={**PERSON, **SAMPLES[kind]})
    for line in (f"To: {mail.to}", f"Subject: {mail.subject}", "", *mail.body.splitlines()):
        print_line(line)
    if html is not None:
        html.write_text(mail.html, encoding="utf-8")
