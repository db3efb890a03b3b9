"""Texts of others that would play tricks on a terminal."""

import errno
import json
import unicodedata
from pathlib import Path

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.cli.terminal.cleaning import clean, clean_json
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import Failure, World

UNSAFE_CATEGORIES = {
    "ESC": "\x1b[41m",
    "OSC": "\x1b]0;title\x07",
    "C1": "\x9b41m",
    "DEL": "\x7f",
    "BEL": "\x07",
    "bidi": "\u202e\u2066",
    "zero width": "\u200b\u200d\ufeff",
    "line separator": "\u2028\u2029",
    "tag": "\U000e0041",
    "filler": "\u3164",
    "surrogate": "\udce9",
}
TRICK = "a" + "".join(UNSAFE_CATEGORIES.values()) + "z"
ALL_TRICKS = set("".join(UNSAFE_CATEGORIES.values())) - set("[]0;title41m")
HARMLESS = "Ünï-日本 ♥️ e\u0301"


def tricks_in(text: str) -> list[str]:
    return sorted(f"{ord(character):x}" for character in set(text) & ALL_TRICKS)


@pytest.mark.parametrize("name", UNSAFE_CATEGORIES)
def test_no_trick_survives(name: str) -> None:
    """Each becomes something that is seen or a space; what is harmless stays."""
    assert tricks_in(clean(UNSAFE_CATEGORIES[name])) == []
    assert clean(HARMLESS) == HARMLESS


@given(st.text(st.characters(codec=None)))
def test_what_is_cleaned_can_be_printed(text: str) -> None:
    """On one line, in valid UTF-8, as long as it was."""
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert len(cleaned.splitlines()) <= 1
    cleaned.encode()
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(codec=None)), st.booleans())
def test_json_says_the_same_in_plain_characters(text: str, is_ascii: bool) -> None:
    """What would play tricks is escaped, and what is no text is replaced (RFC 7493, section 2.1)."""
    made = clean_json({"text": text}, encoding="ascii" if is_ascii else "utf-8")
    made.encode("ascii" if is_ascii else "utf-8")
    assert clean(made) == made
    expected = "".join("\ufffd" if unicodedata.category(character) == "Cs" else character for character in text)
    assert json.loads(made) == {"text": expected}


def test_errors_of_a_server_are_cleaned(ann: Emo, world: World) -> None:
    """With --debug, too, where its reason, its fields and its facts are told."""
    sent = TRICK.replace("\udce9", "")
    failure = Failure(grpc.StatusCode.INVALID_ARGUMENT, sent, sent, violations={sent: sent}, metadata={"fact": sent})
    world.failures["GetMe"] = [failure, failure]
    done = ann("me")
    assert (done.exit_code, done.stderr.count("\n"), tricks_in(done.stderr)) == (6, 1, [])
    debugged = ann("me", "--debug")
    assert "Traceback" in debugged.stderr
    assert tricks_in(debugged.stderr) == []


def test_everything_a_server_says_of_assets_is_cleaned(ann: Emo, world: World) -> None:
    """As lines, facts, and JSON."""
    asset = world.assets[world.store(b"")].asset
    sent = TRICK.replace("\udce9", "")
    asset.title = asset.description = asset.location = asset.file.name = asset.file.content_type = sent
    asset.tags.append(sent)
    asset.people.append(sent)
    for arguments in (("ls",), ("ls", "--json"), ("show", asset.asset_id), ("show", asset.asset_id, "--json")):
        done = ann(*arguments)
        assert done.exit_code == 0
        assert tricks_in(done.stdout) == [], arguments
    assert json.loads(ann("show", asset.asset_id, "--json").stdout)["title"] == sent
    (line,) = ann("ls").stdout.splitlines()
    assert len(line.split("\t")) == 9


@pytest.mark.parametrize(
    "arguments",
    [
        (TRICK,),
        (f"--{TRICK}",),
        ("ls", f"--{TRICK}"),
        ("upload", TRICK),
        ("upload", "a\nb\rc"),
        ("upload", "--date", TRICK, "x"),
        ("ls", "--limit", TRICK),
        ("--server", TRICK, "me"),
        ("--ca-file", TRICK, "--server", "emo.example:1", "me"),
        ("stats", TRICK),
        ("admin", TRICK),
        ("admin", "set-roles", "ann", "--role", TRICK),
        ("download", "00000000-0000-4000-8000-000000000000", "-o", f"no/{TRICK}"),
    ],
)
def test_what_was_typed_is_cleaned_in_errors(ann: Emo, arguments: tuple[str, ...]) -> None:
    """They are one line, whatever was wrong; a paste may have brought it."""
    done = ann(*arguments)
    assert done.exit_code in (2, 4, 10)
    assert tricks_in(done.stderr) == []
    assert done.stderr.startswith("emo: ")
    assert done.stderr.count("\n") == 1


def test_a_file_that_fails_is_named_once(ann: Emo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its tricks removed; another file that fails for it is named, too."""
    name = "a\x1b]0;x\x07b"
    for each in (name, "other"):
        (tmp_path / each).touch()
    failing = name

    def fails(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", failing)

    monkeypatch.setattr("emo_grpc.cli.assets.uploads.earlier_uploads.FileVersion.of", fails)
    done = ann("upload", name, name)
    assert done.exit_code == 10
    assert done.stderr == 2 * "emo: a ]0;x b: Permission denied\n"
    failing = "other"
    assert ann("upload", name, name).stderr == 2 * "emo: a ]0;x b: other: Permission denied\n"


def test_an_address_from_a_file_is_cleaned(emo: Emo, config: Path) -> None:
    """The file of settings may have been written by somebody else."""
    config.mkdir()
    (config / "server.json").write_text(json.dumps({"server": "127.0.0.1:1\x1b]0;x\x07"}))
    done = emo("login", "ann")
    assert done.exit_code == 2
    assert tricks_in(done.stderr) == []


def test_a_terminal_sees_no_tricks(terminal: Terminal, world: World) -> None:
    """In tables, facts, questions and bars; the colours are those of the command."""
    asset = world.assets[world.store(bytes(10))].asset
    sent = TRICK.replace("\udce9", "")
    asset.title = asset.file.name = sent
    Path("a\x1b]0;x\x07b.txt").write_bytes(bytes(3_000_000))
    shown = [
        terminal.run("ls")[1],
        terminal.run("show", asset.asset_id)[1],
        terminal.run("rm", asset.asset_id, typed="n\n")[1],
        terminal.run("upload", "a\x1b]0;x\x07b.txt")[1],
    ]
    for each in shown:
        for trick in ("\x1b]", "\x1b[41m", "\x07", "\x9b", "\x7f", "\u202e", "\u200b", "\u2028"):
            assert trick not in each
