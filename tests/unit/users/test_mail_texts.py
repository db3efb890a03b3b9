"""What mails say, in three languages and two forms."""

import re
from functools import cache
from html.parser import HTMLParser

import pytest

from emo_grpc.users.adapters.mail.templates import LANGUAGES, TemplateMailTexts
from emo_grpc.users.service_layer.mails.ports import Mail, MailKind

URL = "https://emo.example.org"
TOKEN = "AbCdEf0123456789-_" * 3
VALUES = {
    MailKind.ACTIVATION: {"token": TOKEN, "days": "7"},
    MailKind.ALREADY_REGISTERED: {"username": "ana-1"},
    MailKind.PASSWORD_RESET: {"token": TOKEN, "hours": "1"},
    MailKind.PASSWORD_CHANGED: {},
    MailKind.EMAIL_CHANGE: {"token": TOKEN, "hours": "1", "address": "new@example.org"},
    MailKind.EMAIL_CHANGED: {"token": TOKEN, "days": "7", "address": "new@example.org"},
    MailKind.EMAIL_SET: {"token": TOKEN, "hours": "1", "username": "ana-1"},
    MailKind.NEW_DEVICE: {"device": "emo on laptop", "time": "2030-01-02 03:04 UTC", "peer": "192.0.2.7"},
    MailKind.ACCOUNT_REMOVED: {},
    MailKind.IDENTITY_LINKED: {"issuer": "https://login.example.com"},
}
WITH_TOKEN = [kind for kind, values in VALUES.items() if "token" in values]
FIRST_WORD = {"en": "Hello", "es": "Hola", "ca": "Hola"}


class Page(HTMLParser):
    """What a person sees of HTML, where it links to, and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in {"style", "title"}
        given = dict(attrs)
        self.links += [given["href"] or ""] if tag == "a" else []
        is_loaded = tag in {"img", "link", "script", "iframe"} or "url(" in (given.get("style") or "")
        self.loaded += [tag] if is_loaded else []

    def handle_endtag(self, _tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.words += [] if self._hidden else data.split()


texts = cache(TemplateMailTexts)


def written(kind: MailKind, locale: str = "en", *, url: str = "", **values: str) -> Mail:
    given = {"name": "Ana Núñez"} | VALUES[kind] | values
    return texts(url).write(kind, to="ana@example.org", locale=locale, values=given)


def test_every_mail_is_there() -> None:
    """These are all, each with the values that it takes."""
    assert set(VALUES) == set(MailKind)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("kind", MailKind)
def test_both_forms_say_the_same(kind: MailKind, locale: str) -> None:
    """Whoever reads the text misses no word of the HTML, and no value that was given, but for how days are counted."""
    mail = written(kind, locale)
    seen = Page(mail.html).words
    assert sorted(seen) == sorted(word for word in mail.body.split() if word != "--")
    for name in VALUES[kind].keys() - {"hours"}:
        assert VALUES[kind][name] in mail.body
    assert "Ana Núñez" in mail.body.splitlines()[0]
    assert "emo" in mail.subject
    assert "\n" not in mail.subject


@pytest.mark.parametrize("kind", MailKind)
def test_each_language_has_words_of_its_own(kind: MailKind) -> None:
    """No mail was left in another language, and the page says which one it is in."""
    mails = {locale: written(kind, locale) for locale in LANGUAGES}
    assert len({mail.subject for mail in mails.values()}) == len(LANGUAGES)
    for locale, mail in mails.items():
        assert mail.body.startswith(FIRST_WORD[locale])
        assert f'<html lang="{locale}">' in mail.html


@pytest.mark.parametrize(
    ("locale", "first"), [("es-MX", "Hola, A:"), ("CA", "Hola, A,"), ("de", "Hello A,"), ("", "Hello A,")]
)
def test_speaks_the_users_language(locale: str, first: str) -> None:
    """Whatever the region and the case; it is English for everybody else."""
    assert written(MailKind.PASSWORD_CHANGED, locale, name="A").body.splitlines()[0] == first


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("kind", WITH_TOKEN)
@pytest.mark.parametrize("token", [TOKEN, f"-{TOKEN}"])
def test_a_token_comes_with_its_command(kind: MailKind, locale: str, token: str) -> None:
    """Command and token stand on lines of their own, before any link; a token that begins as an option does is none."""
    mail = written(kind, locale, url=f"{URL}/", token=token)
    lines = mail.body.splitlines()
    (command,) = (line for line in lines if line.startswith("emo ") and line.endswith(token))
    assert (" -- " in command) == token.startswith("-")
    assert lines.index(command) < lines.index(token)
    (link,) = (line for line in lines if line.startswith(URL) and token in line)
    assert lines.index(token) < lines.index(link)
    assert Page(mail.html).links == [link]
    page, _, fragment = link.removeprefix(f"{URL}/").partition("#")
    assert (re.fullmatch("[a-z-]+", page) is not None, fragment) == (True, token)


@pytest.mark.parametrize("kind", WITH_TOKEN)
def test_no_link_without_a_public_address(kind: MailKind) -> None:
    """Then token and command are enough."""
    mail = written(kind)
    assert "http" not in mail.body
    assert Page(mail.html).links == []


@pytest.mark.parametrize("kind", MailKind)
def test_loads_nothing(kind: MailKind) -> None:
    """Opening a mail tells nobody: it has no picture, font, style or script from elsewhere."""
    page = Page(written(kind, url=URL).html)
    assert page.loaded == []


@pytest.mark.parametrize("kind", MailKind)
def test_what_is_filled_in_is_text(kind: MailKind) -> None:
    """Letters that mean something in HTML mean nothing in a mail, and braces are no template."""
    odd = "<b onclick=x>&amp; {{ 7*7 }} {% raw %}'\"x"
    values = dict.fromkeys({"name", *VALUES[kind]} - {"token", "hours", "days"}, odd)
    mail = written(kind, **values)
    assert "<b onclick" not in mail.html
    for text in (mail.body.split(), Page(mail.html).words):
        assert " ".join(text).count(odd) == len(values)


@pytest.mark.parametrize("name", ["Ana\r\nBcc: eve", "Ana\n\n.\n", "Ana\u2028Subject: x", "Ana\x85x"])
def test_line_breaks_in_names_are_spaces(name: str) -> None:
    """What follows one stays within the greeting."""
    mail = written(MailKind.PASSWORD_CHANGED, name=name)
    assert mail.body.splitlines()[0].startswith("Hello Ana ")
    assert mail.body.splitlines()[1] == ""
    assert len(mail.subject.splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["Free money: http://evil.example", "evil.example/x", "www.evil.example", "eve@evil.example", "evil\uff0eexample"],
)
def test_a_name_is_no_advertisement(name: str) -> None:
    """Who registers with another person's address can't have us send them a link by calling themselves one."""
    for locale, greeting in (("en", "Hello,"), ("es", "Hola:"), ("ca", "Hola,")):
        mail = written(MailKind.ACTIVATION, locale, name=name)
        assert mail.body.splitlines()[0] == greeting
        assert "evil" not in mail.body + mail.html


def test_names_with_dots_are_names() -> None:
    """Initials are no link."""
    assert written(MailKind.ACTIVATION, name="J. R. R. Núñez").body.startswith("Hello J. R. R. Núñez,")


def test_a_name_turns_nothing_around() -> None:
    """Marks that turn the direction of writing are left out of it."""
    assert written(MailKind.ACTIVATION, name="Ana\u202eelgooG").body.startswith("Hello AnaelgooG,")


def test_new_device_without_a_name() -> None:
    """What is not known of a device is not told."""
    mail = written(MailKind.NEW_DEVICE, device="", peer="")
    assert "Device:" not in mail.body
    assert "Network address:" not in mail.html
    assert "2030-01-02 03:04 UTC" in mail.html
