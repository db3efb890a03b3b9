"""What administrators do, and what they see of it."""

from typing import Any
from uuid import uuid4

from emo.assets.v1 import assets_pb2
from emo.audit.v1 import audit_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.users.domain.user import Role
from rpc.audit.trail import all_events, kinds, noted, stub
from rpc.vault import Person, Vault, failure

ADMIN = pb.AUDIT_KIND_ADMIN_CALL


def calls(events: list[pb.AuditEvent]) -> list[tuple[str, str]]:
    """The RPC and the answer of each."""
    return [(event.method.rpartition("/")[2], event.code) for event in events]


async def test_every_call_of_an_administrator_leaves_one_entry(vault: Vault, alice: Person) -> None:
    """Also one that only reads, or asks for the trail itself; with whom it was about, as far as it names somebody."""
    root = await vault.person("root", Role.ADMIN)
    await root.users.GetUser(users_pb2.GetUserRequest(user_id=alice.user_id), metadata=root.metadata)
    state = users_pb2.SetUserStateRequest(user_id=alice.user_id, state=users_pb2.USER_STATE_ACTIVE)
    await root.users.SetUserState(state, metadata=root.metadata)
    await root.call("ListAllAssets")
    await root.users.ListUsers(users_pb2.ListUsersRequest(), metadata=root.metadata)
    await all_events(root)
    found = await all_events(root, kind=ADMIN)
    assert calls(found) == [
        ("ListAuditEvents", "OK"), ("ListUsers", "OK"), ("ListAllAssets", "OK"), ("SetUserState", "OK"),
        ("GetUser", "OK"),
    ]  # fmt: skip
    assert {event.actor.user_id for event in found} == {root.user_id}
    assert [event.account.user_id for event in found] == ["", "", "", alice.user_id, alice.user_id]


async def test_refused_calls_leave_an_entry_too(vault: Vault, alice: Person) -> None:
    """Who is no administrator, and an administrator whose call fails, are told of with the reason."""
    root = await vault.person("root", Role.ADMIN)
    await failure(alice.call("ListAllAssets"))
    await failure(root.users.GetUser(users_pb2.GetUserRequest(user_id=alice.user_id[::-1]), metadata=root.metadata))
    mine, hers = await noted(root, 2, kind=ADMIN)
    assert (hers.code, hers.reason, hers.actor.user_id) == ("PERMISSION_DENIED", "ADMIN_REQUIRED", alice.user_id)
    assert (mine.code, mine.reason, mine.actor.user_id) == ("INVALID_ARGUMENT", "INVALID_ARGUMENT", root.user_id)


async def test_what_nobody_is_called_leaves_nothing(vault: Vault) -> None:
    """A call that fails for want of an account names none, and the trail begins none for that id."""
    root, unknown = await vault.person("root", Role.ADMIN), str(uuid4())
    request = users_pb2.GetUserRequest(user_id=unknown)
    assert (await failure(root.users.GetUser(request, metadata=root.metadata))).code == "NOT_FOUND"
    (event,) = await noted(root, 1, kind=ADMIN)
    assert (event.reason, event.account.user_id) == ("USER_NOT_FOUND", "")
    assert await all_events(root, user_id=unknown) == []


async def test_a_stranger_fills_no_disk(vault: Vault, alice: Person) -> None:
    """Of one who is refused again and again twenty entries an hour are kept, and one that counts the others."""
    for _ in range(30):
        await failure(alice.call("ListAllAssets"))
    root = await vault.person("root", Role.ADMIN)
    await failure(root.users.GetUser(users_pb2.GetUserRequest(user_id="x"), metadata=root.metadata))
    found = await noted(root, 21, kind=ADMIN)
    assert [event.actor.user_id for event in found] == [root.user_id, *[alice.user_id] * 20]
    await vault.parts.sweep()
    found = [each for each in await noted(root, 22, kind=ADMIN) if each.details]
    assert [(each.actor.user_id, each.reason, each.details["more"]) for each in found] == [
        (alice.user_id, "ADMIN_REQUIRED", "9")
    ]


async def test_what_an_administrator_did(vault: Vault, alice: Person) -> None:
    """The events of one who acted on others are found by who it was."""
    root, other = await vault.person("root", Role.ADMIN), await vault.person("other", Role.ADMIN)
    roles = users_pb2.SetUserRolesRequest(user_id=alice.user_id, roles=[users_pb2.ROLE_USER])
    await root.users.SetUserRoles(roles, metadata=root.metadata)
    await other.call("ListAllAssets")
    found = await all_events(other, actor_user_id=root.user_id)
    assert kinds(found) == ["admin_call", "roles_changed"]
    (changed,) = await all_events(other, actor_user_id=root.user_id, kind=pb.AUDIT_KIND_ROLES_CHANGED)
    assert (changed.account.user_id, changed.peer) == (alice.user_id, "127.0.0.1")
    assert await all_events(other, pseudonym=changed.account.pseudonym) == await all_events(
        other, user_id=alice.user_id
    )


async def test_what_is_asked_for_wrongly_is_named(vault: Vault) -> None:
    """An id that is none, an unknown kind and an empty range are named all at once."""
    root = await vault.person("root", Role.ADMIN)
    found = await failure(all_events(root, user_id="x", kind=99))
    assert (found.code, found.fields) == ("INVALID_ARGUMENT", ["user_id", "kind"])
    for name in ("actor_user_id", "pseudonym", "service_account_id"):
        assert (await failure(all_events(root, **{name: "x"}))).fields == [name]


async def test_a_call_that_can_not_be_recorded_is_not_answered(vault: Vault, monkeypatch: Any) -> None:
    """An administrator who reads gets nothing while the trail takes no entry."""
    from emo_grpc.shared.domain.errors import Unavailable
    from emo_grpc.shared.service_layer.audit.writer import AuditWriter

    root = await vault.person("root", Role.ADMIN)

    async def away(*_: object) -> None:
        raise Unavailable("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(AuditWriter, "_store", away)
        found = await failure(root.call("ListAllAssets", assets_pb2.ListAllAssetsRequest()))
    assert found.brief == "UNAVAILABLE ENGINE_UNAVAILABLE"
    await root.call("ListAllAssets", assets_pb2.ListAllAssetsRequest())
    response = await stub(root).ListAuditEvents(pb.ListAuditEventsRequest(kind=ADMIN), metadata=root.metadata)
    assert calls(response.events)[0] == ("ListAllAssets", "OK")
