"""What the operator does on the server's own machine."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import pytest

from emo_grpc.cli.terminal.printing import counted
from unit.cli.conftest import admin

pytestmark = pytest.mark.usefixtures("data_folder")


def test_the_first_administrator_is_made_here() -> None:
    """The new account's id is printed; roles can be replaced later."""
    done = admin("create-user", "root", "root@example.com", "--role", "admin")
    assert done.exit_code == 0
    assert len(done.stdout.strip()) == 36
    assert admin("create-user", "other", "other@example.com", "--role", "admin", "--role", "user").exit_code == 0
    assert admin("set-roles", "root", "--role", "user").stdout == "root is user now.\n"
    assert admin("set-roles", "other@example.com", "--role", "admin").stdout == "other is admin now.\n"


def test_failures_are_one_line_with_the_exit_codes_of_the_service() -> None:
    """As the same failure would have over gRPC."""
    assert admin("create-user", "ann", "ann@example.com").exit_code == 0
    taken = admin("create-user", "ann", "other@example.com")
    assert taken.exit_code == 5
    assert taken.stderr.startswith("emo: ")
    assert admin("create-user", "!", "nonsense").exit_code == 6
    assert admin("set-roles", "nobody", "--role", "user").exit_code == 4
    unknown = admin("set-roles", "ann", "--role", "king")
    assert unknown.exit_code == 2
    assert "'--role': 'king' is no role; these are: user, admin" in unknown.stderr


@pytest.mark.parametrize(
    "command", [("set-roles", "ann", "--role", "user"), ("rewrap-keys",), ("migrate",), ("outbox",)]
)
def test_without_a_database_nothing_is_made(data_folder: Path, command: tuple[str, ...]) -> None:
    """It is the wrong folder: one line says so, and no new secrets appear."""
    done = admin(*command)
    hint = "set DATA_FOLDER, or run it where the server runs"
    assert (done.exit_code, done.stderr) == (78, f"emo: there is no database in {data_folder}: {hint}\n")
    assert not data_folder.exists()


def test_a_new_database_is_told_of(data_folder: Path) -> None:
    """Only the first account of a new server makes one."""
    assert str(data_folder) in admin("create-user", "root", "root@example.com").stderr
    assert admin("create-user", "ann", "ann@example.com").stderr == ""


def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each on a line of its own, with the exit code of `emo serve` for the same."""
    monkeypatch.setenv("LOG_LEVEL", "loud")
    monkeypatch.setenv("USER_STORAGE_MB", "many")
    done = admin("migrate")
    assert done.exit_code == 78
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["emo", "  LOG_LEVEL", "  USER_STORAGE_MB"]


def test_a_folder_that_can_not_be_used_is_told_as_by_serve(data_folder: Path) -> None:
    """With its exit code, which is another one than that of wrong settings."""
    data_folder.touch()
    done = admin("create-user", "root", "root@example.com")
    assert done.exit_code == 69
    assert done.stderr.splitlines()[-1].startswith(f"emo: can't keep secrets in {data_folder}")


def test_ctrl_c_says_that_it_may_be_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that an operator does here goes on where it was."""

    def interrupted(command: Coroutine[None, None, None]) -> None:
        command.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "run", interrupted)
    done = admin("create-user", "root", "root@example.com")
    assert done.exit_code == 130
    assert done.stderr.splitlines()[-1] == "emo: interrupted; run the same command again to go on"


def test_keys_are_rewrapped_and_data_migrated() -> None:
    """Both are harmless when there is nothing to do."""
    assert admin("create-user", "root", "root@example.com").exit_code == 0
    assert admin("rewrap-keys").stdout.startswith("All data keys were wrapped")
    assert admin("migrate").stdout == "Everything is up to date.\n"
    assert admin("migrate", "--dry-run").stdout == "0 documents are to be brought up to date.\n"


def test_one_is_told_as_one() -> None:
    """In what the operator reads of keys and documents."""
    assert counted(1, "data key is", "data keys are") == "1 data key is"
    assert counted(0, "data key is", "data keys are") == "0 data keys are"
