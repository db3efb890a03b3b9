"""`emo` as a service: EMO_SERVICE_KEY, EMO_TOKEN and --for."""

from pathlib import Path

import grpc
import pytest

from emo.users.v1 import users_pb2
from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World

KEY = "emo_sk_of_the_printer"


@pytest.fixture
def service(emo: Emo, server: str, world: World, monkeypatch: pytest.MonkeyPatch) -> Emo:
    """The command with a key of a service."""
    world.service_keys.add(KEY)
    monkeypatch.setenv("EMO_SERVICE_KEY", KEY)
    monkeypatch.setenv("EMO_SERVER", server)
    return emo


def test_a_service_acts_for_who_is_named(service: Emo, world: World) -> None:
    """Before the command or after it, in place of any login, and nothing of it is remembered."""
    assert service("--for", "ana", "ls").exit_code == 0
    assert service("ls", "--for", "ben").exit_code == 0
    assert service("ls").exit_code == 0
    asked = [request for request in world.requests if isinstance(request, users_pb2.ExchangeTokenRequest)]
    assert [(request.username, request.actor_token, request.subject_token) for request in asked] == [
        ("ana", KEY, ""),
        ("ben", KEY, ""),
        ("", "", KEY),
    ]


def test_a_token_in_the_environment(ann: Emo, server: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is used in place of the login, and what is wrong with it is said of it."""
    (token,) = world.access
    assert ann("logout").exit_code == 0
    monkeypatch.setenv("EMO_SERVER", server)
    monkeypatch.setenv("EMO_TOKEN", token)
    assert ann("me").exit_code == 0
    monkeypatch.setenv("EMO_TOKEN", "nonsense")
    done = ann("me")
    assert (done.exit_code, done.stderr) == (3, "emo: the token is damaged: see EMO_TOKEN\n")


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        (("account", "delete", "--yes"), "delete the account"),
        (("account", "--name", "Ana", "--email", "ana@example.com"), "change the address"),
        (("passwd",), "change the password"),
    ],
)
def test_what_takes_a_login_is_refused_to_services(
    service: Emo, world: World, typed: tuple[str, ...], what: str
) -> None:
    """At once, whether or not a password is at hand: nothing is asked, logged in to or changed before."""
    done = service("--for", "ana", *typed)
    assert (done.exit_code, done.output) == (
        3,
        f"emo: no service may {what}, whomever it acts for: unset EMO_SERVICE_KEY, and log in as the user\n",
    )
    assert world.calls == []


def test_a_token_that_is_not_fresh_is_not_made_fresh(
    emo: Emo, server: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose login it came from is none of the command's business; nobody logs in by the way."""
    monkeypatch.setenv("EMO_SERVER", server)
    monkeypatch.setenv("EMO_TOKEN", world.tokens().access_token)
    world.failures["DeleteMe"] = [Failure(grpc.StatusCode.UNAUTHENTICATED, "FRESH_LOGIN_REQUIRED", "log in again")]
    done = emo("account", "delete", "--yes")
    assert (done.exit_code, done.output) == (3, "emo: log in again: see EMO_TOKEN\n")
    assert "Login" not in world.calls


def test_a_bad_key_is_said_of_the_key(service: Emo, world: World) -> None:
    """One line, which does not show it."""
    world.service_keys.clear()
    done = service("ls")
    assert (done.exit_code, done.stderr) == (3, "emo: this service key is not valid: see EMO_SERVICE_KEY\n")


def test_what_makes_no_sense_is_said(service: Emo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them, or a user without a service."""
    monkeypatch.setenv("EMO_TOKEN", "x")
    assert service("ls").stderr == "emo: EMO_TOKEN and EMO_SERVICE_KEY exclude each other: unset one of them\n"
    monkeypatch.delenv("EMO_SERVICE_KEY")
    done = service("ls", "--for", "ana")
    assert (done.exit_code, done.stderr) == (
        2,
        "emo: --for is for services: set EMO_SERVICE_KEY to a key of one\n",
    )


def test_what_was_uploaded_is_remembered_for_each_user(service: Emo, world: World, tmp_path: Path) -> None:
    """Not for who is logged in, nor for somebody else: the same file goes to both, and once to each."""
    (tmp_path / "lake.txt").write_text("a lake")
    for _ in range(2):
        for user in ("ana", "ben"):
            assert service("upload", "lake.txt", "--for", user).exit_code == 0
    assert len(world.assets) == 2


def test_a_token_uploads_for_whom_it_is(
    service: Emo, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose it is says GetMe."""
    (tmp_path / "lake.txt").write_text("a lake")
    monkeypatch.delenv("EMO_SERVICE_KEY")
    monkeypatch.setenv("EMO_TOKEN", world.tokens().access_token)
    world.me.user_id = "u-7"
    for _ in range(2):
        assert service("upload", "lake.txt").exit_code == 0
    assert len(world.assets) == 1
