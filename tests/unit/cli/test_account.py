"""Accounts and logins, from the command line."""

import json
import stat
from pathlib import Path
from types import SimpleNamespace

import grpc
import pytest

from emo.users.v1.users_pb2 import ROLE_ADMIN, ROLE_USER, ActivateUserRequest, ChangePasswordRequest
from unit.cli.conftest import Emo
from unit.client.fake_server import REFUSED, Failure, World


def test_who_registers_can_log_in(emo: Emo, server: str) -> None:
    """The password comes from the environment here, never from an argument."""
    done = emo("--server", server, "register", "bob", "--email", "bob@example.com")
    assert done.exit_code == 0
    assert "emo login bob" in done.output
    assert emo("login", "bob@example.com").exit_code == 0
    assert "bob@example.com" in emo("me").output
    assert json.loads(emo("me", "--json").output)["username"] == "bob"


def test_who_registers_elsewhere_stays_logged_in(ann: Emo, server: str) -> None:
    """Only a login changes the server of later commands, so one for another server is told with its address."""
    elsewhere = server.replace("127.0.0.1", "localhost")
    done = ann("--server", elsewhere, "register", "bob", "--email", "bob@example.com")
    assert done.output.endswith(f"Now run: emo --server {elsewhere} login bob\n")
    assert ann("me").exit_code == 0


def test_a_login_is_remembered_with_its_server(ann: Emo, config: Path) -> None:
    """Later commands need neither; the tokens are for their owner alone."""
    assert ann("sessions").output.split("\t")[:2] == ["s-1", "laptop"]
    assert stat.S_IMODE((config / "credentials.json").stat().st_mode) == 0o600


def test_the_server_is_found_by_option_environment_and_memory(
    ann: Emo, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said in the command wins over the environment, that over the last login."""
    monkeypatch.setenv("EMO_SERVER", "127.0.0.1:1")
    assert ann("me").exit_code == 3
    assert ann("me", "--server", server).exit_code == 0
    assert ann("--server", server, "me").exit_code == 0


def test_logout_forgets_the_login(ann: Emo, world: World, server: str) -> None:
    """Afterwards commands say what to do."""
    assert ann("logout").exit_code == 0
    assert world.refresh == set()
    done = ann("me")
    assert done.exit_code == 3
    assert done.stderr.startswith(f"emo: you are not logged in at {server}: run `emo login`, or first `emo register`")


def test_a_wrong_password_is_one_line(emo: Emo, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, a meaningful exit code."""
    monkeypatch.setenv("EMO_PASSWORD", "wrong")
    done = emo("login", "ann", "--server", server)
    assert (done.exit_code, done.stderr) == (3, "emo: no such user, or another password\n")


def test_a_password_comes_from_standard_input_if_asked(emo: Emo, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its first line counts."""
    monkeypatch.delenv("EMO_PASSWORD")
    assert emo("login", "ann", "--server", server, "--password-stdin", stdin="correct horse\nx").exit_code == 0


@pytest.mark.parametrize(
    ("command", "stdin", "what"),
    [
        (("login", "ann"), "", "no password came"),
        (("login", "ann"), "\n", "the password that came"),
        (("register", "bob", "--email", "b@c.de"), "", "no password came"),
        (("passwd",), "", "no current password came"),
        (("passwd",), "correct horse\n", "no new password came"),
        (("passwd",), "correct horse\r\n\r\n", "the new password that came"),
    ],
)
def test_a_password_that_does_not_come_is_told(
    ann: Emo, world: World, command: tuple[str, ...], stdin: str, what: str
) -> None:
    """As what it is, before a server is asked to change anything."""
    before = len(world.calls)
    done = ann(*command, "--password-stdin", stdin=stdin)
    ending = " by standard input\n" if what.startswith("no") else " by standard input is empty\n"
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"emo: {what}{ending}")
    assert set(world.calls[before:]) <= {"GetMe"}


def test_a_closed_standard_input_brings_no_password(ann: Emo, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is no fault of emo."""
    monkeypatch.setattr("emo_grpc.cli.account.passwords.sys", SimpleNamespace(stdin=None))
    monkeypatch.setattr("emo_grpc.cli.terminal.questions.sys", SimpleNamespace(stdin=None))
    assert ann("login", "ann", "--password-stdin").stderr == "emo: no password came by standard input\n"
    assert ann("passwd").stderr.startswith("emo: there is no terminal to ask for the new password")


def test_without_a_terminal_nobody_is_asked(emo: Emo, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gets an error instead of a prompt that waits for ever."""
    for command, missing in (
        (("login",), "username or e-mail address: name it in the command"),
        (("register",), "username: name it in the command"),
        (("register", "bob"), "e-mail address: use --email"),
    ):
        done = emo(*command, "--server", server)
        assert (done.exit_code, done.stderr) == (2, f"emo: there is no terminal to ask for the {missing}\n")
    monkeypatch.delenv("EMO_PASSWORD")
    done = emo("login", "ann", "--server", server)
    assert done.exit_code == 2
    assert "--password-stdin" in done.stderr


def test_the_password_can_be_changed(ann: Emo, world: World) -> None:
    """Both passwords come from standard input if asked for, one a line, and are shown nowhere."""
    done = ann("passwd", "--password-stdin", stdin="correct horse\nbattery staple\n")
    assert (done.exit_code, done.output) == (0, "Your password is changed, and all other logins are ended.\n")
    request = world.requests[-1]
    assert isinstance(request, ChangePasswordRequest)
    assert (request.old_password, request.new_password) == ("correct horse", "battery staple")


def test_changing_the_password_logs_in_again_if_needed(ann: Emo, world: World) -> None:
    """A login that was refreshed is not enough for the server; with the password at hand there can be a new one."""
    world.me.username = "ann"
    world.failures["ChangePassword"] = [
        Failure(grpc.StatusCode.UNAUTHENTICATED, "FRESH_LOGIN_REQUIRED", "log in again for this")
    ]
    done = ann("passwd", "--password-stdin", stdin="correct horse\nbattery staple\n")
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == "Logged in again, for only a new login may change the password."
    assert [call for call in world.calls if call != "GetMe"][-3:] == ["ChangePassword", "Login", "ChangePassword"]


def test_a_wrong_old_password_changes_nothing(ann: Emo, world: World) -> None:
    """It is told as what it is: nobody typed a name."""
    world.me.username = "ann"
    world.failures["ChangePassword"] = [REFUSED]
    done = ann("passwd", "--password-stdin", stdin="wrong\nbattery staple\n")
    assert (done.exit_code, done.stderr) == (3, "emo: this is not the password of ann\n")


def test_without_a_terminal_no_new_password_is_asked(ann: Emo, world: World) -> None:
    """EMO_PASSWORD is the present password, and never taken for the new one."""
    done = ann("passwd")
    assert done.exit_code == 2
    assert "--password-stdin" in done.stderr
    assert "ChangePassword" not in world.calls


def test_activates_with_a_token_that_begins_as_an_option(emo: Emo, server: str, world: World) -> None:
    """As mails write it."""
    assert emo("--server", server, "activate", "--", "-token").exit_code == 0
    request = world.requests[-1]
    assert isinstance(request, ActivateUserRequest)
    assert request.activation_token == "-token"


def test_sessions_can_be_ended(ann: Emo, world: World) -> None:
    """By their ids."""
    assert ann("sessions", "--revoke", "s-1").output == "Ended s-1.\n"
    assert "RevokeSession" in world.calls
    assert json.loads(ann("sessions", "--json").output)[0]["current"] is True
    world.sessions = ["s-1", "s-2", "s-3"]  # each on a page of its own
    assert [each["session_id"] for each in json.loads(ann("sessions", "--json").output)] == world.sessions


def test_debug_says_more(ann: Emo, world: World) -> None:
    """The request id, the reason, each field, and where it happened."""
    world.failures["GetMe"] = [
        Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "bad", violations={"user.x": "is odd"})
    ]
    done = ann("me", "--debug")
    assert done.exit_code == 6
    for expected in ("request-7", "INVALID_ARGUMENT", "user.x: is odd", "Traceback"):
        assert expected in done.stderr


def test_debug_says_nothing_of_what_there_is_not(emo: Emo) -> None:
    """A call that came to no server has no id there, and no reason."""
    done = emo("login", "ann", "--server", "127.0.0.1:1", "--debug")
    assert "  code: UNAVAILABLE\n" in done.stderr
    assert "request id" not in done.stderr
    assert "reason:" not in done.stderr


def test_roles_are_in_one_order(ann: Emo, world: World) -> None:
    """The same as `emo admin users` has."""
    world.me.roles.extend([ROLE_USER, ROLE_ADMIN])
    assert "roles\tadmin, user\n" in ann("account").stdout


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (grpc.StatusCode.PERMISSION_DENIED, 3),
        (grpc.StatusCode.NOT_FOUND, 4),
        (grpc.StatusCode.ABORTED, 5),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 7),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 8),
        (grpc.StatusCode.DATA_LOSS, 9),
        (grpc.StatusCode.INTERNAL, 1),
    ],
)
def test_exit_codes(ann: Emo, world: World, code: grpc.StatusCode, exit_code: int) -> None:
    """Scripts can tell failures apart; a wait that the server asks for is told."""
    world.failures["GetMe"] = [Failure(code, "SOME_REASON", "some\nsentence", retry_after=12)]
    done = ann("me")
    assert (done.exit_code, done.stderr) == (exit_code, "emo: some sentence (try again in 12 s)\n")


def test_a_server_that_is_not_there(emo: Emo) -> None:
    """The address is named."""
    done = emo("login", "ann", "--server", "127.0.0.1:1")
    assert done.exit_code == 8
    assert "can't reach the server at 127.0.0.1:1" in done.stderr


def test_a_server_is_no_url(emo: Emo) -> None:
    """It is refused before anything is asked or tried."""
    done = emo("login", "ann", "--server", "http://localhost:50051")
    assert done.exit_code == 2
    assert done.stderr.endswith("without http://\n")


@pytest.mark.parametrize(
    "options", [("--cert", "c.pem"), ("--insecure", "--ca-file", "ca.pem"), ("--insecure", "--cert", "c.pem")]
)
def test_options_that_contradict(emo: Emo, options: tuple[str, ...]) -> None:
    """Wrong usage is exit code 2."""
    assert emo("me", *options).exit_code == 2


def test_a_certificate_that_is_not_there(emo: Emo) -> None:
    """A local file's failure names the file."""
    done = emo("me", "--ca-file", "missing.pem")
    assert (done.exit_code, done.stderr) == (10, "emo: missing.pem: No such file or directory\n")


def test_help_names_every_command(emo: Emo) -> None:
    """What `emo --help` shows is all there is."""
    output = emo("--help").output
    assets = ["upload", "download", "ls", "show", "edit", "rm", "cancel", "stats", "trash"]
    account = ["register", "activate", "login", "logout", "passwd", "account", "sessions"]
    for name in [*assets, *account, "serve", "admin"]:
        assert f" {name} " in output
    assert " me " not in output  # which emo account was once called
    assert "Exit codes" in output
