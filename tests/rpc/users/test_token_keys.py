"""Keys of access tokens that change, and that others verify with."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest
from typer.testing import CliRunner

from emo.users.v1 import users_pb2
from emo_grpc.cli.app import app
from openssl import openssl
from rpc.vault import Person, open_vault
from web_server import json_answer, web_server

VERIFIER = """
import sys, jwt
key = jwt.PyJWKClient(sys.argv[1]).get_signing_key_from_jwt(sys.argv[2])
claims = jwt.decode(sys.argv[2], key, audience="emo", issuer="emo", options={"require": ["exp", "sub"]})
assert not [name for name in sys.modules if name.partition(".")[0] in ("emo", "emo_grpc")]
print(claims["sub"], jwt.get_unverified_header(sys.argv[2])["alg"])
"""
PATIENCE_SECONDS = 30


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """One of Ed25519, one of P-256."""
    openssl(tmp_path, "genpkey", "-algorithm", "ed25519", "-out", "first.pem")
    openssl(tmp_path, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "second.pem")
    return tmp_path / "first.pem", tmp_path / "second.pem"


def jwks() -> bytes:
    """What `emo admin jwks` prints."""
    done = CliRunner().invoke(app, ["admin", "jwks"])
    assert done.exit_code == 0, done.stderr
    return done.stdout_bytes


def verified_elsewhere(url: str, token: str) -> list[str]:
    """What a process with nothing of ours finds in a token, by the keys at this address."""
    command = [sys.executable, "-I", "-c", VERIFIER, url, token]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


async def test_another_service_verifies_tokens(
    tmp_path: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PyJWT's own client, by what `emo admin jwks` prints, under the current and a retired key."""
    first, second = keys
    async with open_vault(tmp_path / "data", jwt_signing_key_file=first) as vault:
        earlier = await vault.person("ann")
    async with open_vault(
        tmp_path / "data", jwt_signing_key_file=second, jwt_signing_key_files_retired=(first,)
    ) as vault:
        later = await vault.person("bob")
    monkeypatch.setenv("JWT_SIGNING_KEY_FILE", str(second))
    monkeypatch.setenv("JWT_SIGNING_KEY_FILES_RETIRED", str(first))
    with web_server(json_answer(jwks())) as url:
        assert verified_elsewhere(url, earlier.tokens.access_token) == [earlier.user_id, "EdDSA"]
        assert verified_elsewhere(url, later.tokens.access_token) == [later.user_id, "ES256"]


def test_only_public_keys_are_printed(keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No member of a private key (RFC 7517, section 9.2) is in the set, and JWT_SECRET_KEY is not in it at all."""
    first, second = keys
    monkeypatch.setenv("JWT_SIGNING_KEY_FILE", str(first))
    monkeypatch.setenv("JWT_SIGNING_KEY_FILES_RETIRED", str(second))
    found = json.loads(jwks())["keys"]
    assert [key["kty"] for key in found] == ["OKP", "EC"]
    assert {name for key in found for name in key} == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_without_public_keys_nothing_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator is told what to set."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["admin", "jwks"])
    assert (done.exit_code, done.stdout) == (78, "")
    assert "set JWT_SIGNING_KEY_FILE" in done.stderr


async def test_rotation_logs_nobody_out(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    """From JWT_SECRET_KEY to a key of a file, and from there to another: all tokens that were given out stay good."""
    first, second = keys
    stages: list[tuple[dict[str, Any], str]] = [  # Any: settings
        ({}, "HS256"),
        ({"jwt_signing_key_file": first}, "EdDSA"),
        ({"jwt_signing_key_file": second, "jwt_signing_key_files_retired": (first,)}, "ES256"),
    ]
    people: list[Person] = []
    for number, (settings, algorithm) in enumerate(stages):
        async with open_vault(tmp_path / "data", **settings) as vault:
            people.append(await vault.person(f"user{number}"))
            token = people[-1].tokens.access_token
            assert jwt.get_unverified_header(token)["alg"] == algorithm
            for person in people:
                answer = await people[-1].users.GetMe(users_pb2.GetMeRequest(), metadata=person.metadata)
                assert answer.user.user_id == person.user_id
            request = users_pb2.RefreshTokensRequest(refresh_token=people[0].tokens.refresh_token)
            people[0].tokens = (await people[-1].users.RefreshTokens(request)).tokens
