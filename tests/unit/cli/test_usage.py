"""What is told to somebody who types what emo does not know."""

import re
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from emo_grpc.cli.app import app
from emo_grpc.cli.suggestions import SYNONYMS, suggestion_for
from unit.cli.conftest import Emo
from unit.client.fake_server import World


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (("find", "sea"), "no such command: find; use emo search TEXT; see emo --help"),
        (("DELETE",), "no such command: DELETE; use emo rm; see emo --help"),
        (("undelete", "x"), "no such command: undelete; use emo trash restore; see emo --help"),
        (("whoami",), "no such command: whoami; use emo account; see emo --help"),
        (("get", "x"), "no such command: get; use emo download; see emo --help"),
        (("help",), "no such command: help; use emo --help; see emo --help"),
        (("uplod",), "no such command: uplod (did you mean emo upload?); see emo --help"),
        (("verify",), "no such command: verify; use emo admin verify; see emo --help"),
        (("verfy",), "no such command: verfy (did you mean emo admin verify?); see emo --help"),
        (("admin", "ls"), "no such command: ls; use emo ls; see emo admin --help"),
        (("admin", "service", "dir"), "no such command: dir; use emo admin service ls; see emo admin service --help"),
        (("admin", "user"), "no such command: user (did you mean emo admin users?); see emo admin --help"),
        (("tag", "ls"), "no such command: ls; use emo tags; see emo tag --help"),
        (("person", "list"), "no such command: list; use emo people; see emo person --help"),
        (("place", "ls"), "no such command: ls; use emo places; see emo place --help"),
        (("audit",), "no such command: audit; use emo admin audit; see emo --help"),
        (("xyzzy",), "no such command: xyzzy; see emo --help"),
        (("ls", "--tga", "x"), "no such option: --tga (Possible options: --has, --tag, --to); see emo ls --help"),
        (("upload", "a", "--folder", "b"), "no such option: --folder (Possible options: --into); see"),
        (("upload",), "missing argument 'FILE'; see emo upload --help"),
        (("--json", "version"), "--json follows its command: emo version --json; see emo --help"),
        (("--not-bookmarked", "ls"), "--not-bookmarked follows its command: emo ls --not-bookmarked; see emo --help"),
        (("admin", "--quick", "verify"), "--quick follows its command: emo admin verify --quick; see emo admin --help"),
        (("--json",), "no such option: --json (Possible options: --version); see emo --help"),
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
    assert not {word for word, does in SYNONYMS.items() if word in known and does != word}
    for does in SYNONYMS.values():
        first = does.partition(" -")[0].removesuffix(" ASSET_ID").removesuffix(" TEXT")
        assert first in known | {"--help", "passwd"}
    assert suggestion_for("account", root) == "; use emo account"
    assert "emo me" not in suggestion_for("mee", root)  # a former name is none to learn


NOT_UTF8 = "caf\udce9"
"""How Python has what a terminal with Latin-1 sends."""


@pytest.mark.parametrize(
    "typed",
    [
        ("login", NOT_UTF8),
        ("activate", NOT_UTF8),
        ("ls", "--tag", NOT_UTF8),
        ("show", NOT_UTF8),
        ("--server", f"{NOT_UTF8}:1", "me"),
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
    monkeypatch.setenv("EMO_PASSWORD", NOT_UTF8)
    done = ann("login", "ann")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "is no text in UTF-8" in done.stderr
    assert "caf" not in done.stderr


@pytest.mark.parametrize(
    "typed",
    [
        *(("--server", "", "me"), ("--ca-file", "", "me"), ("me", "--cert", ""), ("me", "--key", "")),
        *(("me", "--server-name", ""), ("ls", "--tag", ""), ("ls", "--tag", "a", "--tag", ""), ("ls", "--type", "")),
        *(("ls", "--person", ""), ("upload", "a", "--name", ""), ("upload", "a", "--title", "")),
        *(("download", "x", "-o", ""), ("download", ""), ("download", "x", ""), ("upload", ""), ("show", "")),
        *(("rm", "-y", ""), ("cancel", ""), ("edit", ""), ("edit", "x", "--title", ""), ("edit", "x", "--add-tag", "")),
        *(("edit", "x", "--remove-tag", ""), ("edit", "x", "--name", ""), ("activate", ""), ("login", "")),
        *(("register", ""), ("register", "ann", "--email", ""), ("sessions", "--revoke", "")),
        *(
            ("admin", "verify", "--asset", ""),
            ("admin", "outbox", "--retry", ""),
            ("admin", "outbox", "drop", ""),
            ("admin", "set-roles", ""),
        ),
        *(("admin", "create-user", "", "x"), ("admin", "create-user", "x", ""), ("admin", "move", "--to", "")),
    ],
    ids=" ".join,
)
def test_a_text_that_is_empty_is_told(emo: Emo, typed: tuple[str, ...]) -> None:
    """A variable of a script that is not set is no name, no folder and no filter that lets everything through."""
    required = ("--role", "user") if "set-roles" in typed else ()
    done = emo(*typed, *required)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    option = typed[typed.index("") - 1]
    name = {"-o": "--output"}.get(option, option) if option.startswith("-") and option != "-y" else r"[A-Z_]+"
    assert re.match(f"emo: {name} is empty; ", done.stderr)


def test_texts_that_may_be_empty(ann: Emo, world: World) -> None:
    """They take away what was there."""
    asset_id = world.store(b"x")
    world.assets[asset_id].asset.location = "Nice"
    assert ann("edit", asset_id, "--location", "", "--description", "").exit_code == 0
    assert world.assets[asset_id].asset.location == ""
