"""What is told to somebody who types what emo does not know."""

from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from emo_grpc.cli.app import app
from emo_grpc.cli.suggestions import MEANT
from unit.cli.conftest import Emo


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (("search", "sea"), "no such command: search; use: emo ls --tag TAG; see emo --help"),
        (("DELETE",), "no such command: DELETE; use: emo rm; see emo --help"),
        (("whoami",), "no such command: whoami; use: emo me; see emo --help"),
        (("get", "x"), "no such command: get; use: emo download; see emo --help"),
        (("help",), "no such command: help; use: emo --help; see emo --help"),
        (("uplod",), "no such command: uplod; did you mean: emo upload?; see emo --help"),
        (("verify",), "no such command: verify; use: emo admin verify; see emo --help"),
        (("verfy",), "no such command: verfy; did you mean: emo admin verify?; see emo --help"),
        (("admin", "ls"), "no such command: ls; use: emo ls; see emo admin --help"),
        (("xyzzy",), "no such command: xyzzy; see emo --help"),
        (("ls", "--tga", "x"), "no such option: --tga (Possible options: --all, --tag); see emo ls --help"),
        (("upload",), "missing argument 'FILE'; see emo upload --help"),
        (("me", "x"), "got unexpected extra argument(s) (x); see emo me --help"),
        (("ls", "-n", "many"), "invalid value for '--limit' / '-n': "),
    ],
)
def test_wrong_usage_is_one_line(emo: Emo, typed: tuple[str, ...], hint: str) -> None:
    """With what does it, what is nearest, or where to read on."""
    done = emo(*typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"emo: {hint}")
    assert done.stderr.count("\n") == 1


def test_nothing_typed_is_answered_with_the_help(emo: Emo) -> None:
    """And no complaint."""
    done = emo()
    assert "Usage: emo" in done.output
    assert done.stderr == ""


def commands(group: TyperGroup) -> Iterator[str]:
    for name, command in group.commands.items():
        yield name
        if isinstance(command, TyperGroup):
            yield from (f"{name} {inner}" for inner in commands(command))


def test_what_is_proposed_exists() -> None:
    """No word of others hides a command of emo, and each leads to one."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    known = set(commands(root))
    assert not {word for word, does in MEANT.items() if word in known and does != word}
    for does in MEANT.values():
        first = does.partition(" -")[0].removesuffix(" ASSET_ID")
        assert first in known | {"--help", "passwd"}


NO_TEXT = "caf\udce9"
"""How Python has what a terminal with Latin-1 sends."""


@pytest.mark.parametrize(
    "typed",
    [
        ("login", NO_TEXT),
        ("activate", NO_TEXT),
        ("ls", "--tag", NO_TEXT),
        ("show", NO_TEXT),
        ("--server", f"{NO_TEXT}:1", "me"),
    ],
)
def test_what_is_no_text_is_told_in_one_line(ann: Emo, typed: tuple[str, ...]) -> None:
    """As wrong usage, and not as a fault of emo."""
    done = ann(*typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("emo: what was given by arguments, environment or standard input is no text in UTF-8")
    assert done.stderr.count("\n") == 1


def test_a_password_that_is_no_text_is_told_in_one_line(ann: Emo, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not shown."""
    monkeypatch.setenv("EMO_PASSWORD", NO_TEXT)
    done = ann("login", "ann")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "is no text in UTF-8" in done.stderr
    assert "caf" not in done.stderr
