"""What services do for users, and who sees it."""

from emo.assets.v1 import assets_pb2
from emo.audit.v1 import audit_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.service_accounts.domain.commands import RemoveServiceAccount, RevokeServiceKey
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.users.domain.user import Role
from rpc.audit.trail import all_events, kinds, my_activity, noted
from rpc.services import Backend, bearer
from rpc.vault import Person, Vault, failure

DELEGATED, EXCHANGED = pb.AUDIT_KIND_DELEGATED_CALL, pb.AUDIT_KIND_TOKEN_EXCHANGED


def calls(events: list[pb.AuditEvent]) -> list[tuple[str, str]]:
    """The RPC and the answer of each."""
    return [(event.method.rpartition("/")[2], event.code) for event in events]


async def delegate_of(vault: Vault, person: Person) -> tuple[Backend, Person]:
    """A service with a token for somebody, used as theirs."""
    printer = await Backend.of(vault, ServicePermission.ACT_FOR_USERS)
    tokens = users_pb2.Tokens(access_token=await printer.token_for(person.user_id))
    return printer, Person(person.user_id, tokens, printer.channel, vault.upload_channel())


async def test_every_call_for_somebody_names_both(vault: Vault, alice: Person) -> None:
    """Calls that read, that change, and streams both ways; the user sees which service it was, and not from where."""
    printer, delegate = await delegate_of(vault, alice)
    asset_id = await delegate.stored(b"a lake")
    assert await delegate.download(asset_id) == b"a lake"
    await delegate.call("GetAssetStats")
    await alice.call("GetAssetStats")
    events = await my_activity(alice, kind=DELEGATED)
    assert calls(events) == [
        ("GetAssetStats", "OK"), ("DownloadAsset", "OK"), ("UploadAsset", "OK"), ("CreateAsset", "OK"),
    ]  # fmt: skip
    for event in events:
        assert (event.actor_kind, event.service_account_id) == (pb.ACTOR_KIND_SERVICE, str(printer.actor))
        assert (event.account.user_id, event.peer) == (alice.user_id, "")
    (exchanged,) = await my_activity(alice, kind=EXCHANGED)
    assert (exchanged.details["service"], exchanged.service_account_id) == ("printer", str(printer.actor))
    root = await vault.person("root", Role.ADMIN)
    assert calls(await all_events(root, service_account_id=str(printer.actor), kind=DELEGATED)) == calls(events)


async def test_the_end_of_a_service_is_the_end_of_a_session(vault: Vault, alice: Person) -> None:
    """Users see that the service which acted for them is gone."""
    printer, _ = await delegate_of(vault, alice)
    await vault.parts.contexts.service_accounts.bus.handle(RemoveServiceAccount(service_account_id=printer.actor))
    await vault.deliver()
    (ended,) = await my_activity(alice, kind=pb.AUDIT_KIND_SESSION_ENDED)
    assert ended.actor_kind == pb.ACTOR_KIND_SYSTEM
    assert (ended.details["service"], ended.details["cause"]) == ("printer", "service ended")


async def test_what_a_service_may_not_do_for_somebody_is_told(vault: Vault, alice: Person) -> None:
    """A refused call has its code and reason in the trail of the account, and has changed nothing."""
    _, delegate = await delegate_of(vault, alice)
    await failure(delegate.users.DeleteMe(users_pb2.DeleteMeRequest(), metadata=delegate.metadata))
    await failure(delegate.call("GetAsset", assets_pb2.GetAssetRequest(asset_id=alice.user_id)))
    await failure(delegate.call("ListAllAssets"))
    root = await vault.person("root", Role.ADMIN)
    found = await noted(root, 3, user_id=alice.user_id)
    assert [(*call, event.reason) for call, event in zip(calls(found), found, strict=True)] == [
        ("ListAllAssets", "PERMISSION_DENIED", "ADMIN_REQUIRED"),
        ("GetAsset", "NOT_FOUND", "ASSET_NOT_FOUND"),
        ("DeleteMe", "UNAUTHENTICATED", "FRESH_LOGIN_REQUIRED"),
    ]


async def test_a_service_in_its_own_name(vault: Vault) -> None:
    """It is named as the one who read everybody's; that it came in is told too."""
    reader = await Backend.of(vault, ServicePermission.READ_ALL)
    root = await vault.person("root", Role.ADMIN)
    await root.stub.ListAllAssets(assets_pb2.ListAllAssetsRequest(), metadata=bearer(await reader.own_token()))
    call, exchanged = await all_events(root, service_account_id=str(reader.actor))
    assert calls([call]) == [("ListAllAssets", "OK")]
    assert (exchanged.kind, exchanged.peer, exchanged.HasField("account")) == (EXCHANGED, "127.0.0.1", False)


async def test_keys_that_are_not_good_are_told(vault: Vault) -> None:
    """A revoked one, and a good one from another network, with the service account that they are of."""
    printer = await Backend.of(vault, ServicePermission.READ_ALL)
    far = await Backend.of(vault, name="far", networks=["192.0.2.0/24"])
    bus = vault.parts.contexts.service_accounts.bus
    await bus.handle(RevokeServiceKey(service_account_id=printer.actor, key_id=printer.key_id))
    for backend in (printer, far):
        await failure(backend.own_token())
    root = await vault.person("root", Role.ADMIN)
    found = await noted(root, 2, kind=pb.AUDIT_KIND_LOGIN_FAILED)
    assert [(event.reason, event.details["service_account_id"], event.peer) for event in found] == [
        ("NETWORK_NOT_ALLOWED", str(far.actor), "127.0.0.1"),
        ("SERVICE_KEY_INVALID", str(printer.actor), "127.0.0.1"),
    ]


async def test_service_accounts_and_keys(vault: Vault) -> None:
    """Who makes and revokes them leaves an entry with their ids."""
    printer = await Backend.of(vault, ServicePermission.ACT_FOR_USERS)
    bus = vault.parts.contexts.service_accounts.bus
    await bus.handle(RevokeServiceKey(service_account_id=printer.actor, key_id=printer.key_id))
    root = await vault.person("root", Role.ADMIN)
    events = [event for event in await all_events(root) if "service_account_id" in event.details]
    assert kinds(events) == ["service_key_revoked", "service_key_created", "service_account_created"]
    assert {event.details["service_account_id"] for event in events} == {str(printer.actor)}
    assert events[0].details["key_id"] == events[1].details["key_id"] == str(printer.key_id)
