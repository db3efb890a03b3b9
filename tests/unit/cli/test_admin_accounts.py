"""What the operator does with accounts, on the server's own machine."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.bootstrap.users import build_users
from emo_grpc.settings import load_settings
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.messages import Command
from emo_grpc.users.domain.commands import RegisterUser
from emo_grpc.users.domain.recovery_commands import ResetPassword
from emo_grpc.users.domain.session_commands import LogIn
from identity_provider import IdentityProvider, trust_by_file
from unit.cli.conftest import admin
from unit.client.fake_server import PASSWORD

pytestmark = pytest.mark.usefixtures("data_folder")


def run(command: Command[object]) -> str:
    """What a server on the same data answers: nothing, or why it refuses."""

    async def handle() -> str:
        async with open_engines(fill_secrets(load_settings()).settings) as engines:
            try:
                await build_users(engines).bus.handle(command)
            except EmoError as error:
                return error.reason
        return ""

    return asyncio.run(handle())


def log_in(password: str = PASSWORD) -> str:
    return run(LogIn(identifier="ann", password=password))


@pytest.fixture
def ann(data_folder: Path) -> str:
    """Her id, in an account on a new folder."""
    assert not data_folder.exists()
    return admin("create-user", "ann", "ann@example.com").stdout.strip()


def states() -> dict[str, str]:
    return {line.split("\t")[1]: line.split("\t")[3] for line in admin("users").stdout.splitlines()}


def test_an_account_is_disabled_and_enabled(ann: str) -> None:
    """By its name, its address or its id; doing it twice is harmless."""
    for name in ("ANN", ann):
        assert admin("disable", name).stdout == "ann is disabled, and all its logins are ended.\n"
    assert (log_in(), states()) == ("USER_DISABLED", {"ann": "disabled"})
    assert admin("activate", "ann").exit_code == 2
    for name in ("Ann@EXAMPLE.com", "ann"):
        assert admin("enable", name).stdout == "ann is active.\n"
    assert (log_in(), states()) == ("", {"ann": "active"})


@pytest.mark.usefixtures("ann")
def test_who_is_not_there_is_told() -> None:
    """With the exit code that the same has over gRPC."""
    for command in ("activate", "disable", "enable", "reset-password"):
        assert admin(command, "nobody").exit_code == 4
    for name in ("nobody@example.com", "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"):
        assert admin("disable", name).exit_code == 4
    assert admin("disable", "x" * 36).exit_code == 6


def test_an_account_is_activated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its token; `enable` does not do it by the way."""
    monkeypatch.setenv("EMAIL_SMTP_SERVER", "mail.example.org")
    monkeypatch.setenv("EMAIL_SENDER_ADDRESS", "emo@example.org")
    admin("create-user", "root", "root@example.com", "--role", "admin")
    run(RegisterUser(username="ann", email="ann@example.com", password=PASSWORD))
    assert (log_in(), states()["ann"]) == ("USER_NOT_ACTIVATED", "pending")
    assert admin("enable", "ann").stderr == "emo: ann waits for its activation; emo admin activate ann ends that\n"
    for _ in range(2):
        assert admin("activate", "ann").stdout == "ann is active.\n"
    assert log_in() == ""


@pytest.mark.usefixtures("ann")
def test_a_token_for_another_password() -> None:
    """It is printed with the command that takes it, and works once; no password is ever printed."""
    done = admin("reset-password", "ann@example.com")
    found = re.fullmatch(r"emo reset-password (-- )?(\S{64})\n", done.stdout)
    assert found is not None
    assert bool(found[1]) == found[2].startswith("-")
    assert done.stderr == "emo: who runs this within an hour chooses the password of ann; it works once\n"
    assert log_in() == ""
    new = ResetPassword(reset_token=found[2], new_password="battery staple")
    assert (run(new), run(new)) == ("", "RESET_TOKEN_INVALID")
    assert (log_in(), log_in("battery staple")) == ("INVALID_CREDENTIALS", "")
    admin("disable", "ann")
    assert admin("reset-password", "ann").exit_code == 3


def test_an_account_gets_another_address(ann: str) -> None:
    """The password of before opens nothing, the trail tells of it, and what is no address is called what was typed."""
    done = admin("set-address", "ann", "Ann@example.net")
    assert done.stdout.splitlines() == [
        "ann has the address Ann@example.net now; its logins are ended, and nobody knows its password.",
        "A mail goes there, with a token for another password.",
    ]
    assert (done.stderr, log_in()) == ("", "INVALID_CREDENTIALS")
    assert admin("users").stdout.split("\t")[2] == "Ann@example.net"
    events = json.loads(admin("audit", "--user", ann, "--json").stdout)
    assert ("AUDIT_KIND_EMAIL_CHANGED", "ACTOR_KIND_OPERATOR", "set") in {
        (event["kind"], event["actor_kind"], event.get("details", {}).get("cause")) for event in events
    }
    wrong = admin("set-address", "ann", "nonsense")
    assert (wrong.exit_code, "ADDRESS" in wrong.stderr) == (6, True)


@pytest.mark.usefixtures("ann")
def test_who_still_comes_in_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identities of issuers, with what would unlink them; a disabled account is told to get no mail."""
    issuers = trust_by_file(tmp_path, IdentityProvider("https://login.example.com"))
    monkeypatch.setenv("TRUSTED_ISSUERS_FILE", str(issuers))
    admin("link-identity", "ann", "https://login.example.com", "7 f")
    admin("disable", "ann")
    done = admin("set-address", "ann", "ann@example.net")
    assert done.stdout.splitlines()[-1] == "emo reset-password --email ann@example.net"
    still = "whom an issuer vouches for still comes in"
    assert done.stderr == f"emo: {still}; emo admin unlink-identity https://login.example.com '7 f' ends that\n"


def test_accounts_are_listed(ann: str) -> None:
    """The latest first, for people as for programs."""
    other = admin("create-user", "bob", "bob@example.com", "--role", "admin", "--role", "user").stdout.strip()
    lines = [line.split("\t") for line in admin("users").stdout.splitlines()]
    assert [line[:5] for line in lines] == [
        [other, "bob", "bob@example.com", "active", "admin, user"],
        [ann, "ann", "ann@example.com", "active", "user"],
    ]
    assert len(admin("users", "-n", "1").stdout.splitlines()) == 1
    found = [json.loads(line) for line in admin("users", "--json", "--all").stdout.splitlines()]
    assert [(each["user_id"], each["state"]) for each in found] == [
        (other, "USER_STATE_ACTIVE"),
        (ann, "USER_STATE_ACTIVE"),
    ]


@pytest.mark.usefixtures("ann")
def test_accounts_are_listed_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, and not one more than was asked for."""
    monkeypatch.setattr("emo_grpc.cli.admin.accounts.listing.PAGE", 2)
    for name in ("bob", "cai", "dan", "eve"):
        admin("create-user", name, f"{name}@example.com")
    for words, count in ((("--all",), 5), (("-n", "3"), 3), (("-n", "4"), 4), (("-n", "9"), 5)):
        assert len(admin("users", *words).stdout.splitlines()) == count
