"""What an operator sees of mails."""

from itertools import cycle
from pathlib import Path

import pytest

from emo_grpc.cli.admin.outgoing.mail_preview import SAMPLES
from emo_grpc.users.adapters.mail.templates import LANGUAGES
from emo_grpc.users.service_layer.mails.ports import MailKind
from unit.cli.conftest import admin


@pytest.fixture(autouse=True)
def elsewhere(data_folder: Path) -> Path:
    return data_folder


@pytest.mark.parametrize(("kind", "locale"), list(zip(MailKind, cycle(LANGUAGES), strict=False)))
def test_every_mail_can_be_seen(kind: MailKind, locale: str, tmp_path: Path, elsewhere: Path) -> None:
    """Its text at the terminal, its HTML in a file, in the language asked for; no database is needed or made for it."""
    page = tmp_path / "mail.html"
    done = admin("mail", "preview", kind, "--locale", locale, "--html", str(page))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("To: ana@example.org\nSubject: ")
    assert f'<html lang="{locale}">' in page.read_text()
    for value in SAMPLES[kind].values():
        assert value == "1" or value in done.stdout
    assert not elsewhere.exists()


def test_a_language_without_mails_is_told() -> None:
    """What is shown is what such people get; a region makes no difference."""
    done = admin("mail", "preview", "activation", "--locale", "de")
    assert done.stdout == admin("mail", "preview", "activation").stdout
    assert done.stderr == "emo: there are no mails in de, so this is the English one; there are: en, es, ca\n"
    assert admin("mail", "preview", "activation", "--locale", "es-MX").stderr == ""


def test_links_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """So an operator sees where their people are sent."""
    assert "https://" not in admin("mail", "preview", "activation").stdout
    monkeypatch.setenv("PUBLIC_URL", "https://emo.example.org")
    assert "\nhttps://emo.example.org/activate#" in admin("mail", "preview", "activation").stdout


def test_a_wrong_name_is_told_with_the_right_ones() -> None:
    """All of them."""
    done = admin("mail", "preview", "nonsense")
    assert done.exit_code == 2
    for kind in MailKind:
        assert kind in done.stderr


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """In one line."""
    done = admin("mail", "preview", "activation", "--html", str(tmp_path / "no" / "mail.html"))
    assert (done.exit_code, done.stderr.count("\n")) == (10, 1)
