"""Accounts that a trusted issuer's word opens."""

from pathlib import Path
from typing import Any

from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.users.domain.commands import SetUserState
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import LinkIdentity, UnlinkIdentity
from emo_grpc.users.domain.user import Role, UserState
from identity_provider import IdentityProvider, trust_by_file
from rpc.audit.trail import all_events, kinds, noted
from rpc.vault import Vault, failure, open_vault


def trusted(folder: Path, provider: IdentityProvider) -> Path:
    """With all that it may do."""
    return trust_by_file(folder, provider, create_accounts=True, link_by_email=True)


def exchange(vault: Vault, token: str) -> Any:
    request = users_pb2.ExchangeTokenRequest(subject_token=token, subject_token_type=users_pb2.TOKEN_TYPE_JWT)
    return users_pb2_grpc.UsersServiceStub(vault.channel()).ExchangeToken(request)


async def test_who_came_in_by_an_issuers_word_is_in_the_trail(tmp_path: Path) -> None:
    """An account that is made, one that is linked by whom, each exchange, and one that is refused."""
    provider = IdentityProvider()
    async with open_vault(tmp_path / "data", trusted_issuers_file=trusted(tmp_path, provider)) as vault:
        handle = vault.parts.users.bus.handle
        root, ben = await vault.person("root", Role.ADMIN), await vault.person("ben")
        made = await exchange(vault, provider.token("ana", email="ana@example.org", email_verified=True))
        await exchange(vault, provider.token("ben", email="ben@example.org", email_verified=True))
        assert {"account_created", "token_exchanged"} <= set(kinds(await all_events(root, user_id=made.user_id)))
        events = await all_events(root, user_id=ben.user_id)
        assert set(kinds(events)) == {"login", "account_created", "identity_linked", "token_exchanged"}
        assert {event.details.get("issuer", provider.issuer) for event in events} == {provider.issuer}
        identity = ExternalIdentity(provider.issuer, "ben")
        await handle(UnlinkIdentity(identity=identity))
        await handle(LinkIdentity(username="ben", identity=identity))
        assert kinds(await all_events(root, user_id=ben.user_id))[:2] == ["identity_linked", "identity_unlinked"]
        disabled = (await vault.parts.users.views.users(limit=1)).items[0]
        await handle(SetUserState(user_id=disabled.user_id, state=UserState.DISABLED))
        assert (await failure(exchange(vault, provider.token("ana")))).reason == "USER_DISABLED"
        (refused,) = await noted(root, 1, user_id=made.user_id)
        assert (kinds([refused]), refused.reason) == (["login_failed"], "USER_DISABLED")


async def test_a_link_that_moves_is_in_both_trails(tmp_path: Path) -> None:
    """Whose identity an operator gives to another account sees that it is gone."""
    provider = IdentityProvider()
    identity = ExternalIdentity(provider.issuer, "ana")
    async with open_vault(tmp_path / "data", trusted_issuers_file=trusted(tmp_path, provider)) as vault:
        root, ana, ben = await vault.person("root", Role.ADMIN), await vault.person("ana"), await vault.person("ben")
        for username in ("ana", "ben", "ben"):
            await vault.parts.users.bus.handle(LinkIdentity(username=username, identity=identity))
        assert kinds(await all_events(root, user_id=ana.user_id))[:2] == ["identity_unlinked", "identity_linked"]
        assert kinds(await all_events(root, user_id=ben.user_id))[:2] == ["identity_linked", "identity_linked"]
