"""People who come with a token of a trusted issuer, which is a real HTTPS one on loopback."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner, Result

from certificates import Authority
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.cli.app import app
from emo_grpc.settings import PasswordLogin
from emo_grpc.users.adapters.issuers.key_cache import FRESH_SECONDS, PAUSE_SECONDS
from emo_grpc.users.domain.user import Role
from identity_provider import IdentityProvider, serving, trust
from rpc.services import bearer
from rpc.vault import PASSWORD, Vault, failure, open_vault

WHO: Final[dict[str, Any]] = {"email": "ann@example.org", "email_verified": True, "preferred_username": "ann"}


class Provider(IdentityProvider):
    """One that is trusted: `file` says how."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.url = ""

    def trusted(self, **how: object) -> Path:
        return trust(self.folder, self.url, self, **how)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    authority = Authority(tmp_path)
    authority.sign("provider")
    made = Provider(tmp_path)
    with serving(made, authority) as made.url:
        yield made


async def exchange(vault: Vault, token: str, *scopes: str) -> users_pb2.ExchangeTokenResponse:
    request = users_pb2.ExchangeTokenRequest(
        subject_token=token, subject_token_type=users_pb2.TOKEN_TYPE_JWT, scopes=scopes
    )
    return await users_pb2_grpc.UsersServiceStub(vault.channel()).ExchangeToken(request)


async def me(vault: Vault, given: users_pb2.ExchangeTokenResponse) -> users_pb2.User:
    metadata = (("authorization", f"Bearer {given.access_token}"),)
    stub = users_pb2_grpc.UsersServiceStub(vault.channel())
    return (await stub.GetMe(users_pb2.GetMeRequest(), metadata=metadata)).user


async def test_an_issuer_that_rotates_its_keys(provider: Provider, tmp_path: Path) -> None:
    """Its tokens are good under each new key, of whatever kind, and under an old one until it takes that back."""
    async with open_vault(tmp_path / "data", trusted_issuers_file=provider.trusted(create_accounts=True)) as vault:
        made = await exchange(vault, provider.token(**WHO), "users")
        assert (await me(vault, made)).username == "ann"
        assert (list(made.scopes), made.service_account_id) == (["users"], "")
        for algorithm in ("ES256", "RS256", "EdDSA"):
            earlier = provider.token(**WHO)
            provider.rotate(algorithm, forget=algorithm == "EdDSA")
            vault.clock.ahead += timedelta(seconds=PAUSE_SECONDS)
            assert (await exchange(vault, provider.token())).user_id == made.user_id
        assert (await failure(exchange(vault, earlier))).brief == "UNAUTHENTICATED TOKEN_INVALID"


async def test_an_issuer_that_is_away(provider: Provider, tmp_path: Path) -> None:
    """At first its tokens wait, with RetryInfo; once its keys are known they are good while it is away."""
    async with open_vault(tmp_path / "data", trusted_issuers_file=provider.trusted(create_accounts=True)) as vault:
        provider.is_down = True
        found = await failure(exchange(vault, provider.token(**WHO)))
        assert (found.brief, found.retry_after) == ("UNAVAILABLE ISSUER_UNAVAILABLE", PAUSE_SECONDS)
        provider.is_down = False
        vault.clock.ahead += timedelta(seconds=PAUSE_SECONDS)
        made = await exchange(vault, provider.token(**WHO))
        provider.is_down = True
        vault.clock.ahead += timedelta(seconds=FRESH_SECONDS)
        later = int(vault.clock().timestamp())
        assert (await exchange(vault, provider.token(exp=later + 60))).user_id == made.user_id


async def test_an_issuer_with_a_certificate_of_nobody(provider: Provider, tmp_path: Path) -> None:
    """What answers in its place is not asked for keys."""
    trusted = provider.trusted(create_accounts=True)
    trusted.write_text("".join(line for line in trusted.read_text().splitlines(True) if "ca_file" not in line))
    async with open_vault(tmp_path / "data", trusted_issuers_file=trusted) as vault:
        assert (await failure(exchange(vault, provider.token(**WHO)))).reason == "ISSUER_UNAVAILABLE"
    assert provider.questions == 0


async def test_without_passwords(provider: Provider, tmp_path: Path) -> None:
    """PASSWORD_LOGIN=off: an account is entered by its issuer's word alone, and refused with a reason otherwise."""
    async with open_vault(tmp_path / "data") as vault:
        ann = await vault.person("ann")
    trusted = provider.trusted(link_by_email=True)
    async with open_vault(tmp_path / "data", trusted_issuers_file=trusted, password_login=PasswordLogin.OFF) as vault:
        request = users_pb2.LoginRequest(username="ann", password=PASSWORD)
        login = users_pb2_grpc.UsersServiceStub(vault.channel()).Login(request)
        assert (await failure(login)).brief == "FAILED_PRECONDITION PASSWORD_LOGIN_OFF"
        assert (await exchange(vault, provider.token(**WHO))).user_id == ann.user_id


@pytest.mark.parametrize("changes", [{}, {"subject_token": ""}, {"scopes": ["everything"]}])
async def test_odd_requests(provider: Provider, tmp_path: Path, changes: dict[str, Any]) -> None:
    """Without an issuer that is trusted, no token is good; a field that is wrong is named."""
    fields: dict[str, Any] = {"subject_token": provider.token(**WHO), "subject_token_type": users_pb2.TOKEN_TYPE_JWT}
    async with open_vault(tmp_path / "data") as vault:
        request = users_pb2.ExchangeTokenRequest(**fields | changes)
        found = await failure(users_pb2_grpc.UsersServiceStub(vault.channel()).ExchangeToken(request))
    assert (found.reason, found.fields) == (
        ("INVALID_ARGUMENT", list(changes)) if changes else ("TOKEN_INVALID", list[str]())
    )


async def test_the_operator_links_accounts(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`emo admin link-identity` and `unlink-identity`, where the issuer may do neither by itself."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_FOLDER", str(folder))
    async with open_vault(folder) as vault:
        ann = await vault.person("ann")

    def admin(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["admin", *arguments])

    stranger = await asyncio.to_thread(admin, "link-identity", "ann", provider.issuer, "7f3a")
    assert (stranger.exit_code, "ISSUER: is none of those in TRUSTED_ISSUERS_FILE" in stranger.stderr) == (6, True)
    monkeypatch.setenv("TRUSTED_ISSUERS_FILE", str(provider.trusted()))
    linked = await asyncio.to_thread(admin, "link-identity", "ann", provider.issuer, "7f3a")
    assert (linked.exit_code, linked.stdout) == (0, f"7f3a of {provider.issuer} is ann now.\n")
    async with open_vault(folder, trusted_issuers_file=provider.trusted()) as vault:
        given = await exchange(vault, provider.token("7f3a"))
        assert given.user_id == ann.user_id
        root = await vault.person("root", Role.ADMIN)
        mine = await root.users.GetMe(users_pb2.GetMeRequest(), metadata=bearer(given.access_token))
        theirs = await root.users.GetUser(users_pb2.GetUserRequest(user_id=ann.user_id), metadata=root.metadata)
        (identity,) = mine.identities
        assert (identity.issuer, identity.external_id) == (provider.issuer, "7f3a")
        assert list(theirs.identities) == [identity]
        assert abs(identity.link_time.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=10)
        roots = await root.users.GetMe(users_pb2.GetMeRequest(), metadata=root.metadata)
        assert list(roots.identities) == []
        assert (await failure(exchange(vault, provider.token("other")))).brief == "NOT_FOUND IDENTITY_NOT_LINKED"
    assert (await asyncio.to_thread(admin, "unlink-identity", provider.issuer, "7f3a")).exit_code == 0
    again = await asyncio.to_thread(admin, "unlink-identity", provider.issuer, "7f3a")
    assert (again.exit_code, again.stdout) == (4, "")
    assert (await asyncio.to_thread(admin, "link-identity", "ann", "x", "x" * 256)).exit_code == 6
