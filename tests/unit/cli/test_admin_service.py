"""`emo admin service`: other backends that may come in."""

import json
import re

import pytest

from emo_grpc.service_accounts.domain.service_key import KEY
from unit.cli.conftest import admin

pytestmark = pytest.mark.usefixtures("data_folder")


@pytest.fixture(autouse=True)
def database(data_folder: object) -> None:
    """One with an administrator in it."""
    del data_folder
    assert admin("create-user", "root", "root@example.com", "--role", "admin").exit_code == 0


def shown(name: str = "printer") -> dict[str, object]:
    found: dict[str, object] = json.loads(admin("service", "show", name, "--json").stdout)
    return found


def test_from_its_making_to_its_end() -> None:
    """It is made, listed, shown, changed, gets keys, loses them, and goes."""
    networks = ("--network", "192.0.2.0/24", "--network", "2001:db8::/32")
    made = admin("service", "create", "printer", "--permission", "act-for-users", "--description", "prints", *networks)
    assert made.exit_code == 0, made.stderr
    assert shown()["service_account_id"] == made.stdout.strip()
    assert shown()["networks"] == ["192.0.2.0/24", "2001:db8::/32"]
    key = admin("service", "key", "create", "printer", "--expires", "2999-01-01").stdout.strip()
    assert KEY.fullmatch(key)
    assert key[-40:] not in admin("service", "show", "printer").stdout
    assert admin("service", "ls").stdout == "printer\tactive\tact-for-users\t1\t\n"
    changed = admin("service", "update", "printer", "--permission", "read-all", "--any-network", "--disable")
    assert changed.stdout == "printer is changed.\n"
    facts = shown()
    assert (facts["permissions"], facts["networks"], facts["state"]) == (["read-all"], [], "disabled")
    assert facts["description"] == "prints"
    assert admin("service", "update", "printer", "--rename", "plotter", "--enable", "--no-permissions").exit_code == 0
    facts = shown("plotter")
    assert (facts["permissions"], facts["state"]) == ([], "active")
    (kept,) = json.loads(admin("service", "ls", "--json").stdout)[0]["keys"]
    assert kept["expire_time"].startswith("2999-01-01") or kept["expire_time"].startswith("2998-12-31")
    assert admin("service", "key", "revoke", "plotter", kept["key_id"][:8]).stdout == f"Revoked {kept['key_id']}.\n"
    assert admin("service", "key", "revoke", "plotter", kept["key_id"]).exit_code == 4
    assert admin("service", "rm", "plotter").stdout == "plotter is removed, and all its tokens are ended.\n"
    assert admin("service", "show", "plotter").exit_code == 4
    assert admin("service", "ls").stdout == ""


def test_former_names_still_work() -> None:
    """Those of before `ls` and `rm`, which the help does not show."""
    assert admin("service", "create", "printer").exit_code == 0
    assert admin("service", "list").stdout == admin("service", "ls").stdout != ""
    assert admin("service", "remove", "printer").exit_code == 0
    shown = admin("service", "--help").stdout
    assert re.search(r"[│ ] ls ", shown)
    assert not re.search(r"[│ ] (list|remove) ", shown)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("create", "A b"), 6, "NAME: must have 3 to 32 characters"),
        (("create", "printer", "--network", "192.0.2.1/24"), 6, "--network: '192.0.2.1/24' is no network"),
        (("create", "printer", "--permission", "all"), 2, "'all' is no permission; these are: act-for-users, "),
        (("create", "other"), 5, "another service account has this name"),
        (("update", "other", "--rename", "X"), 6, "--rename: must have 3 to 32"),
        (("update", "other", "--any-network", "--network", "::/0"), 2, "take either --permission or --no-permissions"),
        (("update", "other"), 2, "say what to change"),
        (("key", "create", "other", "--expires", "1999-01-01"), 6, "--expires: must be in the future"),
        (("key", "revoke", "other", "12345678"), 4, "no id begins with"),
        (("key", "create", "nobody"), 4, "no such service account"),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], exit_code: int, said: str) -> None:
    """In one line, by the names of the options, with the exit codes of the service."""
    assert admin("service", "create", "other").exit_code == 0
    done = admin("service", *arguments)
    assert done.exit_code == exit_code, done.stderr
    assert said in " ".join(done.stderr.split())
