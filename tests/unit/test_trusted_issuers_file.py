"""What TRUSTED_ISSUERS_FILE may say."""

import json
from pathlib import Path
from typing import Any

import pytest

from certificates import Authority
from emo_grpc.bootstrap.issuers import trusted_issuers
from emo_grpc.settings import InvalidSettings, load_settings
from emo_grpc.settings.trusted_issuers import read_trusted_issuers
from emo_grpc.shared.service_layer.clock import utc_now

LEAST: dict[str, Any] = {
    "issuer": "https://login.example.org",
    "audience": "emo",
    "jwks_url": "https://login.example.org/keys",
    "algorithms": ["ES256"],
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def folder(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the settings are read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.crt").write_bytes(authority.read("ca.crt"))
    (tmp_path / "keys.json").write_text("{}")


def written(*issuers: dict[str, Any]) -> Path:
    """Without what is None."""
    path = Path("issuers.toml")
    path.write_text("".join(map(table, issuers)))
    return path


def table(issuer: dict[str, Any]) -> str:
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in issuer.items() if value is not None)
    return "[[issuer]]\n" + "".join(lines)


def complaint() -> str:
    with pytest.raises(InvalidSettings) as caught:
        load_settings(trusted_issuers_file="issuers.toml")
    return str(caught.value).splitlines()[1].strip()


def test_the_least() -> None:
    """An issuer may do nothing by itself, and has no say in roles; that is how it is if nothing else is said."""
    (found,) = read_trusted_issuers(written(LEAST))
    assert (found.create_accounts, found.link_by_email, found.roles_claim) == (False, False, None)
    assert (found.external_id_claim, found.email_claim) == (("sub",), ("email",))
    trusted_issuers(load_settings(trusted_issuers_file="issuers.toml"), utc_now)


def test_all_there_is() -> None:
    """Several issuers; claims further down are named by the way to them, whatever is in their names."""
    more = {
        "ca_file": "ca.crt", "external_id_claim": "oid", "email_claim": ["contact", "mail"],
        "roles_claim": ["https://example.org/claims", "roles"], "admin_role": "emo-admin", "create_accounts": True,
        "link_by_email": True, "algorithms": ["RS256", "ES256", "EdDSA"],
    }  # fmt: skip
    other = {"issuer": "other", "jwks_url": None, "jwks_file": "keys.json"}
    first, second = read_trusted_issuers(written(LEAST | more, LEAST | other))
    assert (first.external_id_claim, first.roles_claim) == (("oid",), ("https://example.org/claims", "roles"))
    assert second.jwks_file == Path("keys.json")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/keys", "http://localhost/", "http://[::1]:1/keys"])
def test_plain_http_on_this_machine(url: str) -> None:
    """Nobody is on the way there."""
    read_trusted_issuers(written(LEAST | {"jwks_url": url}))


BEGIN = "must begin with https://"
NO_ADDRESS = "must be the address of a JSON Web Key Set"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"jwks_url": "http://login.example.org/keys"}, BEGIN),
        ({"jwks_url": "http://127.0.0.1.example.org/keys"}, BEGIN),
        ({"jwks_url": "file:///etc/passwd"}, NO_ADDRESS),
        ({"jwks_url": "ftp://login.example.org/keys"}, BEGIN),
        ({"jwks_url": "login.example.org/keys"}, NO_ADDRESS),
        ({"jwks_url": "https://user:password@login.example.org/"}, NO_ADDRESS),
        ({"jwks_url": "https://login.example.org:99999/"}, NO_ADDRESS),
        ({"jwks_url": "https://login.example.org/a b"}, NO_ADDRESS),
        ({"jwks_url": None}, "has jwks_url or jwks_file, one of them"),
        ({"jwks_file": "keys.json"}, "has jwks_url or jwks_file, one of them"),
        ({"jwks_url": None, "jwks_file": "gone.json"}, "names gone.json, which is not there"),
        ({"jwks_url": None, "jwks_file": "keys.json", "ca_file": "ca.crt"}, "has a ca_file, which only goes with"),
        ({"ca_file": "keys.json"}, "names keys.json, which holds no certificate"),
        ({"algorithms": []}, "issuer.0.algorithms"),
        ({"algorithms": None}, "issuer.0.algorithms: Field required"),
        ({"algorithms": ["HS256"]}, "issuer.0.algorithms.0"),
        ({"algorithms": ["none"]}, "issuer.0.algorithms.0"),
        ({"algorithms": "ES256"}, "issuer.0.algorithms"),
        ({"issuer": ""}, "issuer.0.issuer"),
        ({"audience": None}, "issuer.0.audience: Field required"),
        ({"audience": 7}, "issuer.0.audience"),
        ({"create_account": True}, "issuer.0.create_account: Extra inputs are not permitted"),
        ({"create_accounts": "yes"}, "issuer.0.create_accounts"),
        ({"roles_claim": "groups"}, "has roles_claim and admin_role both, or none of them"),
        ({"external_id_claim": []}, "issuer.0.external_id_claim"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], named: str) -> None:
    """It stops the start; nothing that was meant to be safe is taken for something else."""
    written(LEAST | changes)
    assert complaint().startswith("TRUSTED_ISSUERS_FILE: names issuers.toml, where")
    assert named in complaint()


def test_other_files() -> None:
    """No TOML, no issuer at all, one twice, or nothing."""
    path = written(LEAST, LEAST)
    assert complaint() == "TRUSTED_ISSUERS_FILE: names issuers.toml, which has an issuer twice"
    path.write_text("")
    assert "issuer: Field required" in complaint()
    path.write_bytes(b"\xff")
    assert "which is no TOML" in complaint()
    path.write_text("[[issuer]")
    assert "which is no TOML" in complaint()
    path.unlink()
    assert complaint() == "TRUSTED_ISSUERS_FILE: names issuers.toml, which is not there"


def test_a_file_that_goes_away_meanwhile() -> None:
    """Between the check of the settings and the use of it: an error of the settings all the same."""
    path = written(LEAST)
    settings = load_settings(trusted_issuers_file="issuers.toml")
    path.unlink()
    with pytest.raises(InvalidSettings, match="TRUSTED_ISSUERS_FILE: names"):
        trusted_issuers(settings, utc_now)


def test_nobody_is_left_outside() -> None:
    """Without an issuer, password logins can't be switched off."""
    with pytest.raises(InvalidSettings, match="PASSWORD_LOGIN: must be on without TRUSTED_ISSUERS_FILE"):
        load_settings(password_login="off")
    written(LEAST)
    assert load_settings(password_login="off", trusted_issuers_file="issuers.toml").password_login == "off"
