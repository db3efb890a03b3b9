"""What `--help` says."""

import re
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from emo_grpc.cli.app import app
from emo_grpc.cli.failures import BROKEN_PIPE, EXIT_CODES, FAILED, INTERRUPTED, LOCAL, USAGE
from emo_grpc.cli.server.serve import CONFIGURATION_EXIT, UNAVAILABLE_EXIT
from emo_grpc.hosting.running import SOFTWARE_EXIT


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no line of the terminal's breaks a sentence."""
    monkeypatch.setenv("TERMINAL_WIDTH", "400")
    monkeypatch.setenv("COLUMNS", "400")


def help_of(*command: str) -> str:
    return CliRunner().invoke(app, [*command, "--help"]).output


@pytest.mark.parametrize(
    ("command", "paragraph"),
    [
        (("upload",), "If this command was killed, run it again: it goes on where it was, and leaves out files"),
        (("worker",), "It listens on no port, and ends as `emo serve` does."),
        (("admin", "move"), "the same command goes on. Other users of the machine see what is given with --to"),
    ],
)
def test_paragraphs_are_broken_by_the_terminal_alone(command: tuple[str, ...], paragraph: str) -> None:
    """Not where the lines of the program end."""
    assert paragraph in help_of(*command)


def test_replicas_are_mentioned_wherever_a_server_is_named() -> None:
    """Before the command, and after it."""
    assert "IP:PORT,IP:PORT" in help_of()
    assert "IP:PORT,IP:PORT" in help_of("ls")


@pytest.mark.parametrize("command", [(), ("admin",)])
def test_all_exit_codes_are_listed(command: tuple[str, ...]) -> None:
    """Those of commands on the server's own machine, too."""
    listed = re.search(r"Exit codes: (.*)", help_of(*command))
    assert listed
    known = {FAILED, USAGE, LOCAL, INTERRUPTED, BROKEN_PIPE, CONFIGURATION_EXIT, UNAVAILABLE_EXIT, *EXIT_CODES.values()}
    assert {int(each.split()[0]) for each in listed[1].split(" · ")} == known | {0, SOFTWARE_EXIT}


@pytest.mark.parametrize("command", [("upload",), ("ls",), ("folder", "ls")])
def test_no_type_of_python_is_shown_for_a_value(command: tuple[str, ...]) -> None:
    """A flag takes none, whatever typer calls it."""
    assert not re.search(r"<(bool|str|int|list)", help_of(*command))


def test_what_an_option_or_argument_takes_is_shown() -> None:
    """A number as such, and the choices there are."""
    assert re.search(r"--limit +-n +NUMBER", help_of("ls"))
    assert "<bash|zsh|fish>" in help_of("completion")


def all_commands() -> Iterator[tuple[str, ...]]:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    yield ()
    for name, command in root.commands.items():
        yield (name,)
        if isinstance(command, TyperGroup):
            yield from ((name, inner) for inner in command.commands)


@pytest.mark.parametrize(
    ("columns", "commands"),
    [
        (40, [*all_commands()]),
        (60, [("edit",), ("download",)]),
        (79, [("edit",)]),
        (80, [(), ("upload",), ("admin",), ("edit",)]),
    ],
)
def test_help_fits_a_narrow_terminal(
    columns: int, commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every option's name and every sentence is whole, and no line is too long."""
    monkeypatch.delenv("TERMINAL_WIDTH")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", None)
    for command in commands:
        shown = help_of(*command)
        if columns > 40:  # a wide one of each command takes long
            monkeypatch.setenv("COLUMNS", "400")
            names = set(re.findall(r"^│[ *]+(--[a-z-]+)", help_of(*command), re.MULTILINE))
            assert names <= set(re.findall(r"--[a-z-]+", shown)), command
            monkeypatch.setenv("COLUMNS", str(columns))
        assert max(map(len, shown.splitlines())) <= columns, command
        assert "…" not in shown, command
        assert not re.search(r"[a-z]\.\.\.", shown), command
        assert "--help" in shown
