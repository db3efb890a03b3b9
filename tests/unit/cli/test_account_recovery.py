"""`emo account` and `emo reset-password`, with what they ask and what they leave to mails."""

import json
from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from emo.users.v1 import users_pb2 as pb
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import PASSWORD, Failure, World

NOT_FRESH = Failure(grpc.StatusCode.UNAUTHENTICATED, "FRESH_LOGIN_REQUIRED", "log in again for this")
FORGOTTEN = "If an account has the address ann@example.com, a token is on its way to it. It is good for an hour.\n"


def test_a_token_can_be_asked_for_and_used(emo: Emo, server: str, world: World) -> None:
    """Two commands, as a script needs them; the new password comes by standard input."""
    asked = emo("--server", server, "reset-password", "--email", "ann@example.com")
    assert (asked.exit_code, asked.output) == (0, FORGOTTEN)
    assert world.requests[-1] == pb.RequestPasswordResetRequest(email="ann@example.com")
    done = emo("--server", server, "reset-password", "--password-stdin", "--", "-token", stdin="battery staple\n")
    assert done.exit_code == 0
    assert done.output.endswith(f"Now run: emo --server {server} login\n")
    assert world.requests[-1] == pb.ResetPasswordRequest(reset_token="-token", new_password="battery staple")


def test_at_a_terminal_all_of_it_is_asked_for(
    terminal: Terminal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address, then the token from the mail, then the new password, twice and hidden."""
    hidden: list[tuple[str, bool]] = []

    def ask_hidden(question: str, *, twice: bool) -> str:
        hidden.append((question, twice))
        return "battery staple"

    # What is typed ahead is thrown away before a hidden question.
    monkeypatch.setattr("emo_grpc.cli.account.passwords.ask_hidden", ask_hidden)
    code, shown = terminal.run("reset-password", typed="ann@example.com\nthe-token\n")
    assert code == 0
    assert world.requests[-1] == pb.ResetPasswordRequest(reset_token="the-token", new_password="battery staple")
    assert hidden == [("New password (at least 8 characters)", True)]
    assert "Your password is changed, and all logins are ended." in shown


@pytest.mark.parametrize(
    "words", [("reset-password", "t", "--email", "a@b.c"), ("activate",), ("activate", "t", "--email", "a@b.c")]
)
def test_either_a_token_or_an_address(emo: Emo, server: str, words: tuple[str, ...]) -> None:
    """What would do nothing, or two things, is refused."""
    done = emo("--server", server, *words)
    assert done.exit_code == 2
    assert "--email" in done.stderr


def test_without_a_terminal_no_password_is_asked(emo: Emo, server: str, world: World) -> None:
    """Nor is EMO_PASSWORD taken for the new one."""
    done = emo("--server", server, "reset-password", "token")
    assert done.exit_code == 2
    assert "--password-stdin" in done.stderr
    assert "ResetPassword" not in world.calls


def test_another_activation_mail(emo: Emo, server: str, world: World) -> None:
    """It is told in words that are true for any address."""
    done = emo("--server", server, "activate", "--email", "ann@example.com")
    assert done.output == (
        "If an account with the address ann@example.com waits for its activation, a token is on its way to it.\n"
    )
    assert world.requests[-1] == pb.ResendActivationRequest(email="ann@example.com")


def test_the_account_is_shown(ann: Emo, world: World) -> None:
    """Also under its former name."""
    world.me.username = "ann"
    assert ann("account").output == ann("me").output != ""
    assert ann("account", "--json").output == ann("me", "--json").output


def test_identities_are_shown(ann: Emo, world: World) -> None:
    """Who else may use the account, with the issuer, its name for them, and since when."""
    assert "identities" not in json.loads(ann("account", "--json").output)
    since = Timestamp(seconds=1_900_000_000)
    world.identities.append(pb.LinkedIdentity(issuer="https://a.example", external_id="7f3a", link_time=since))
    assert ann("account").output.splitlines()[-1].split()[:6] == [
        "log", "in", "at", "https://a.example", "as", "7f3a,"
    ]  # fmt: skip
    (shown,) = json.loads(ann("account", "--json").output)["identities"]
    assert (shown["issuer"], shown["external_id"]) == ("https://a.example", "7f3a")


def test_what_is_given_is_changed(ann: Emo, world: World) -> None:
    """And nothing else; an empty name is one."""
    done = ann("account", "--name", "", "--locale", "ca", "--username", "anna")
    assert (done.exit_code, done.output) == (0, "Changed your account.\n")
    assert "UpdateMe" in world.calls
    assert (world.me.username, world.me.locale) == ("anna", "ca")


def test_a_language_without_mails_is_refused(ann: Emo, world: World) -> None:
    """By the command, whatever the region; a server of earlier does not say which it has."""
    assert ann("account", "--locale", "xx").exit_code == 0
    world.trash_lifetime = timedelta(days=30)  # which only a server of today tells
    world.calls.clear()
    for command in (("account",), ("register", "bob", "--email", "bob@example.com")):
        done = ann(*command, "--locale", "de-AT")
        assert (done.exit_code, done.stdout) == (6, "")
        assert done.stderr == "emo: --locale: the server writes no mails in de-AT, but in en, es, ca\n"
    assert not {"UpdateMe", "RegisterUser"} & set(world.calls)
    assert ann("account", "--locale", "es-MX").exit_code == 0
    assert world.me.locale == "es-MX"


def test_an_address_changes_by_mail(ann: Emo, world: World) -> None:
    """The command asks for it, the tokens in the mails finish it, or undo it."""
    done = ann("account", "--email", "ann@example.org")
    assert done.exit_code == 0
    assert done.output == "A token is on its way to ann@example.org; with it: emo account confirm-email TOKEN\n"
    assert world.requests[-1] == pb.RequestEmailChangeRequest(new_email="ann@example.org")
    assert ann("account", "confirm-email", "--", "-t").exit_code == 0
    assert world.requests[-1] == pb.ConfirmEmailChangeRequest(confirmation_token="-t")
    assert "emo reset-password" in ann("account", "undo-email", "u").output
    assert world.requests[-1] == pb.UndoEmailChangeRequest(undo_token="u")


def test_an_old_login_is_renewed_for_it(ann: Emo, world: World) -> None:
    """With the password, as `emo passwd` does."""
    world.me.username = "ann"
    world.failures["RequestEmailChange"] = [NOT_FRESH]
    done = ann("account", "--email", "ann@example.org")
    assert done.output.startswith("Logged in again, for only a new login may change the address.\n")
    assert world.calls[-3:] == ["RequestEmailChange", "Login", "RequestEmailChange"]


@pytest.mark.parametrize("typed", ["ann", "@example.org", "ann@"])
def test_what_is_no_address_needs_no_login(ann: Emo, world: World, typed: str) -> None:
    """It is refused before the server is asked, and so before a password is."""
    world.failures["RequestEmailChange"] = [NOT_FRESH]
    before = len(world.calls)
    done = ann("account", "--email", typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"'{typed}' is no e-mail address; write it as ann@example.com" in done.stderr
    assert len(world.calls) == before


@pytest.mark.parametrize(
    ("words", "field", "name"),
    [
        (("account", "--email", "ann@b"), "new_email", "--email"),
        (("account", "--name", "ann"), "user.public_name", "--name"),
        (("account", "confirm-email", "t"), "confirmation_token", "TOKEN"),
        (("account", "undo-email", "t"), "undo_token", "TOKEN"),
    ],
)
def test_what_is_wrong_is_named_as_it_was_typed(
    ann: Emo, world: World, words: tuple[str, ...], field: str, name: str
) -> None:
    """By the option or the argument."""
    rpc = {"new_email": "RequestEmailChange", "user.public_name": "UpdateMe", "undo_token": "UndoEmailChange"}
    world.failures[rpc.get(field, "ConfirmEmailChange")] = [
        Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", f"{field}: is odd", violations={field: "is odd"})
    ]
    done = ann(*words)
    assert (done.exit_code, done.stderr) == (6, f"emo: {name}: is odd\n")


def test_options_of_the_account_do_not_get_lost(ann: Emo, world: World) -> None:
    """Before one of its commands they would do nothing, so they are refused."""
    before = len(world.calls)
    done = ann("account", "--email", "ann@example.org", "delete", "--yes")
    assert done.exit_code == 2
    assert "options follow the command: emo account delete;" in done.stderr
    assert len(world.calls) == before


def test_an_account_can_be_removed(ann: Emo, world: World) -> None:
    """With its password, and the login is forgotten."""
    world.me.username = "ann"
    assert ann("account", "delete").exit_code == 2
    assert "DeleteMe" not in world.calls
    world.failures["DeleteMe"] = [NOT_FRESH]
    done = ann("account", "delete", "--yes")
    assert done.output.splitlines() == [
        "Logged in again, for only a new login may delete the account.",
        "The account ann is gone, and what it owned is being destroyed.",
    ]
    assert world.requests[-1] == pb.DeleteMeRequest(password=PASSWORD)
    assert ann("me").exit_code == 3


def test_removing_an_account_is_asked_about(terminal: Terminal, world: World) -> None:
    """Whoever says no keeps it."""
    world.me.username = "ann"
    code, shown = terminal.run("account", "delete", typed="n\n")
    assert code == 0
    assert "Remove the account ann with all its files, for good?" in shown
    assert "DeleteMe" not in world.calls
