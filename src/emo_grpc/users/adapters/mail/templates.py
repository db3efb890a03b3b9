"""What mails say, from templates: one a kind of mail and language, drawn as plain text and as HTML by a layout each."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from emo_grpc.users.service_layer.mails.ports import Mail, MailKind

TEMPLATES: Final = Path(__file__).with_name("templates")
LANGUAGES: Final = ("en", "es", "ca")
ACTIONS: Final = {
    MailKind.ACTIVATION: ("emo activate", "activate"),
    MailKind.PASSWORD_RESET: ("emo reset-password", "reset-password"),
    MailKind.EMAIL_SET: ("emo reset-password", "reset-password"),
    MailKind.EMAIL_CHANGE: ("emo account confirm-email", "confirm-email"),
    MailKind.EMAIL_CHANGED: ("emo account undo-email", "undo-email"),
}
"""The command that takes the mail's token, and the page below PUBLIC_URL."""
LINK_LIKE: Final = re.compile(r"[/@\\]|\w\.\w{2,}")
"""What mail programs make a link of. A name is at most a hundred characters, which is enough for one."""
TURNS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of what follows (UAX 9), so that it reads as something else."""


def language_of(locale: str) -> str | None:
    """The one of LANGUAGES that mails to people with this locale (BCP 47) are in; None if it is none of them."""
    given = locale.partition("-")[0].lower()
    return given if given in LANGUAGES else None


class TemplateMailTexts:
    """Templates of jinja2, strict: a value that a template asks for and does not get is an error.

    Each template has its sentences once. The layout of each form sets them: `text/`, where nothing is escaped, and
    `html/`, where everything that is filled in is.
    """

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._text = _environment("text", autoescape=False)
        self._html = _environment("html", autoescape=True)

    def write(self, kind: MailKind, *, to: str, locale: str, values: Mapping[str, str]) -> Mail:
        """The mail in the language of `locale` (BCP 47), or in English."""
        language = language_of(locale) or LANGUAGES[0]
        context = self._context(kind, language, values)
        name = f"{language}/{kind}.jinja"
        text, html = self._text.get_template(name), self._html.get_template(name)
        return Mail(
            to=to,
            subject=_subject(text, context),
            body=re.sub(r"\n{3,}", "\n\n", text.render(context)).strip() + "\n",
            html=html.render(context).strip() + "\n",
        )

    def _context(self, kind: MailKind, language: str, values: Mapping[str, str]) -> dict[str, str]:
        shown = {name: _one_line(value) for name, value in values.items()}
        shown["name"] = _greeted(shown["name"])
        context = {"language": language, "site": self._public_url, "token": "", "command": "", "link": ""} | shown
        if token := context["token"]:
            command, page = ACTIONS[kind]
            # One token in 64 begins with a hyphen, as an option does.
            context["command"] = f"{command} {'-- ' if token.startswith('-') else ''}{token}"
            # After the #, so that it stays out of the logs of web servers.
            context["link"] = f"{self._public_url}/{page}#{token}" if self._public_url else ""
        return context


def _environment(form: str, *, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES / form, TEMPLATES]),
        autoescape=autoescape,  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"paragraphs": _paragraphs, "facts": _facts}
    return environment


def _subject(template: Template, context: Mapping[str, str]) -> str:
    return _one_line("".join(template.blocks["subject"](template.new_context(dict(context)))))


def _paragraphs(text: str) -> list[str]:
    """Each on one line. What is escaped already stays so: the pieces are of the type of the whole."""
    kind = type(text)
    return [kind(" ".join(each.split())) for each in re.split(r"\n\s*\n", text.strip()) if each]


def _facts(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _one_line(value: str) -> str:
    return " ".join("".join(each for each in value if each not in TURNS).split())


def _greeted(name: str) -> str:
    """The name, or nothing if it looks like a link.

    Who registers with somebody else's address chooses the name in the mail to them.
    """
    visible = unicodedata.normalize("NFKC", name)
    return "" if LINK_LIKE.search(visible) else name
