"""Mails into a folder, into the log, and the form that they have."""

from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.users.adapters.mail.folder import MailFolder
from emo_grpc.users.adapters.mail.log import LogMailer
from emo_grpc.users.adapters.mail.messages import message_of
from emo_grpc.users.service_layer.mails.ports import Mail, MailRefused
from smtp_server import SENDER, html_of, parsed, text_of
from syncs import watched_syncs

MAIL = Mail(
    to="ana@example.org", subject="Activa't", body="Núñez, el teu codi és s3cret\n", html="<p>Núñez s3cret</p>\n"
)


def test_programs_choose_a_form() -> None:
    """A mail has its text first and its HTML last, which RFC 2046 calls the best; answering machines leave it alone."""
    message = parsed(bytes(message_of(MAIL, SENDER)))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert (text_of(message), html_of(message).strip()) == (MAIL.body, MAIL.html.strip())
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert message["Date"]


def test_a_mail_that_is_sent_twice_is_one() -> None:
    """Its Message-ID comes from its key and from nothing else that changes, so mail programs show it once."""
    key = uuid4()
    ids = [
        message_of(Mail(to="ana@example.org", subject=subject, body="b", message_key=each), "emo@Bücher.example")[
            "Message-ID"
        ]
        for subject, each in (("a", key), ("b", key), ("a", uuid4()))
    ]
    assert ids[0] == ids[1] == f"<{key}@xn--bcher-kva.example>"
    assert ids[2] != ids[0]


def test_the_sender_may_have_a_name() -> None:
    """People see it, and the Message-ID has the domain of the address."""
    message = parsed(bytes(message_of(MAIL, "Emo of ours <emo@example.org>")))
    assert str(message["From"]) == "Emo of ours <emo@example.org>"
    assert message["Message-ID"] == f"<{MAIL.message_key}@example.org>"


@pytest.mark.parametrize("field", ["to", "subject"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_no_field_brings_a_header(field: str, line_end: str) -> None:
    """A line break in what becomes a header is refused, so nobody is written to whom we did not mean."""
    odd = {"to": "ana@example.org", "subject": "s", field: f"ana{line_end}Bcc: eve@example.com"}
    with pytest.raises(ValueError, match=r"(?i)header|cr or lf|linefeed|newline"):
        bytes(message_of(Mail(to=odd["to"], subject=odd["subject"], body="b"), SENDER))


async def test_writes_files(tmp_path: Path) -> None:
    """Each mail is a file that only its owner can read, and the log tells where, but not what."""
    folder = tmp_path / "mail"
    with capture_logs() as lines:
        for _ in range(2):
            await MailFolder(folder, SENDER).send(MAIL)
    files = sorted(folder.iterdir())
    assert [line["path"] for line in lines] == [str(path) for path in files]
    assert "s3cret" not in repr(lines)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    message = parsed(files[0].read_bytes())
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert "Núñez" in text_of(message)


async def test_a_mail_in_a_folder_survives_a_power_cut(tmp_path: Path) -> None:
    """Its bytes are synced, then its name in the folder."""
    folder = tmp_path / "mail"
    with watched_syncs() as syncs:
        await MailFolder(folder, SENDER).send(MAIL)
    (mail,) = folder.iterdir()
    assert syncs.order(folder, mail) == [mail, folder]


async def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in whose place there is a file is Unavailable."""
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(Unavailable):
        await MailFolder(tmp_path / "mail", SENDER).send(MAIL)


@pytest.mark.parametrize(
    ("to", "header"),
    [
        ("Ana@B\u00fccher.de", b"To: Ana@xn--bcher-kva.de"),
        ("a,b@x.org", b'To: "a,b"@x.org'),
    ],
)
def test_a_mail_goes_to_the_address_as_it_is(to: str, header: bytes) -> None:
    """Nothing of an address is decoded or split, not even of one that an earlier release took; domains are ASCII."""
    message = message_of(Mail(to=to, subject="s", body="b"), "emo@example.org")
    assert header in bytes(message).splitlines()
    assert len(message["To"].addresses) == 1


async def test_no_mail_goes_to_a_decoded_address(tmp_path: Path) -> None:
    """An address that the library would read as another one gets no mail, though an earlier release took it."""
    with pytest.raises(MailRefused):
        await MailFolder(tmp_path, "emo@example.org").send(Mail(to="=?utf-8?q?x?=@x.org", subject="s", body="b"))
    assert list(tmp_path.iterdir()) == []


async def test_a_mail_that_nobody_gets_is_told() -> None:
    """One line of the log has its subject, and neither its token nor its address."""
    with capture_logs() as lines:
        await LogMailer().send(MAIL)
    (line,) = lines
    assert line["subject"] == MAIL.subject
    assert MAIL.to not in str(line)
    assert "s3cret" not in str(line)
