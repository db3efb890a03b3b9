"""`emo admin move` from the engines of a folder to real shared ones, in one go or in several."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from emo.assets.v1 import assets_pb2 as pb
from emo.audit.v1 import audit_pb2
from emo.users.v1 import users_pb2
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.assets.domain.commands import StartUpload
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.service_accounts.domain.commands import RevokeServiceKey
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.domain.issuer_commands import LinkIdentity, UnlinkIdentity
from emo_grpc.users.domain.user import Role
from identity_provider import IdentityProvider, trust_by_file
from rpc.audit.trail import all_events
from rpc.moving.target import NAME, TITLE, Target, Watch, again, dead_letter, share
from rpc.services import Backend, bearer
from rpc.vault import MIB, PART, PASSWORD, Vault, chunks, failure, open_vault, some_bytes, start


def users_of(vault: Vault) -> Any:
    """A stub; grpc's types of it say nothing of metadata."""
    return UsersServiceStub(vault.channel())


async def interrupted(target: Target, folder: Path, at: int) -> bool:
    """Begin to move, and cancel it at some sign of progress, as Ctrl-C does; gives whether it came to that."""
    watch = Watch(at)
    moving = watch.moving = asyncio.create_task(target.move(folder, watch))
    await asyncio.wait([moving])
    return moving.cancelled()


async def test_everything_comes_along(target: Target, folder: Path) -> None:
    """Logins go on and passwords hold, files are byte-identical, an upload goes on where it was, and what is in the
    trash stays there.
    """
    data, half = some_bytes(PART + 5), some_bytes(PART + 3 * MIB)
    async with open_vault(folder) as old:
        alice, bob = await old.person("alice"), await old.person("bob", Role.ADMIN)
        ready, empty, shared = await alice.stored(data), await alice.stored(b""), await bob.stored(b"ours")
        pending, paused = await bob.create(5), await bob.paused(half[:-9], len(half))
        await share(old, shared, alice, bob)
        unsized = await bob.paused(half)
        request = pb.CreateAssetRequest(asset=pb.Asset(title="x", file=pb.File(name="x")), request_id=str(uuid4()))
        made = (await alice.call("CreateAsset", request)).asset_id
        await old.parts.engines.outbox.import_row(dead_letter())
        await alice.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=empty))
        trash = await alice.call("ListTrash")
        shown = [await alice.asset(asset_id) for asset_id in (ready, empty, shared, made)]
        before = [await bob.status(asset_id) for asset_id in (paused, unsized)]
        stats = [await person.call("GetAssetStats") for person in (alice, bob)]
    watch = Watch()
    report = await target.move(folder, watch)
    assert watch.done == watch.total == report.migrated_bytes == len(data) + len(b"ours") + 2 * PART
    assert {name: tally.migrated for name, tally in report.tallies.items()} == {
        "accounts": 2, "sessions": 2, "assets": 7, "unfinished uploads": 2, "remembered requests": 1,
        "undelivered events": 1, "service accounts": 0, "audit entries": 5,
    }  # fmt: skip
    assert await target.holds(folder)
    async with target.vault(folder) as new:
        alice, bob = await again(new, alice), await again(new, bob)
        assert [await alice.asset(asset_id) for asset_id in (ready, empty, shared, made)] == shown
        assert [await alice.download(asset_id) for asset_id in (ready, empty, shared)] == [data, b"", b"ours"]
        assert await bob.download(shared) == b"ours"
        assert await alice.call("ListTrash") == trash
        assert [asset.asset_id for asset in trash.assets] == [empty]
        (moved,) = await all_events(bob, kind=audit_pb2.AUDIT_KIND_ADMIN_CALL)
        assert (moved.method, moved.code, moved.actor_kind) == ("emo admin move", "OK", audit_pb2.ACTOR_KIND_OPERATOR)
        assert (await alice.call("CreateAsset", request)).asset_id == made
        assert (await bob.asset(pending)).state == pb.ASSET_STATE_PENDING
        assert [await bob.status(asset_id) for asset_id in (paused, unsized)] == before
        assert [await person.call("GetAssetStats") for person in (alice, bob)] == stats
        assert (await bob.upload(paused, half[PART:], PART)).complete
        assert await bob.download(paused) == half
        refreshed = await alice.users.RefreshTokens(
            users_pb2.RefreshTokensRequest(refresh_token=alice.tokens.refresh_token)
        )
        assert refreshed.tokens.access_token
        assert (await new.logged_in("alice", alice.user_id)).tokens.user_id == alice.user_id
    assert len(target.unfinished()) == 1


async def test_identities_come_along(target: Target, folder: Path) -> None:
    """Whom an issuer vouches for gets into the same account there, also when it was linked or unlinked in between."""
    provider = IdentityProvider()
    first, second = (ExternalIdentity(provider.issuer, name) for name in ("7f3a", "81b0"))
    issuers = trust_by_file(folder.parent, provider)

    async def owners(vault: Vault) -> list[str]:
        reader = vault.parts.engines.metadata.credentials
        return [str(await reader.user_id_by_identity(identity)) for identity in (first, second)]

    async with open_vault(folder, trusted_issuers_file=issuers) as old:
        alice = await old.person("alice")
        await old.parts.users.bus.handle(LinkIdentity(username="alice", identity=first))
    await target.move(folder)
    async with target.vault(folder) as new:
        assert await owners(new) == [alice.user_id, "None"]
    async with open_vault(folder, trusted_issuers_file=issuers) as old:
        await old.parts.users.bus.handle(UnlinkIdentity(identity=first))
        await old.parts.users.bus.handle(LinkIdentity(username="alice", identity=second))
    await target.move(folder)
    async with target.vault(folder) as new:
        assert await owners(new) == ["None", alice.user_id]


async def test_services_come_along(target: Target, folder: Path) -> None:
    """Their keys and what they have for users stay good, and what was revoked in between is revoked there."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        printer = await Backend.of(old, ServicePermission.ACT_FOR_USERS)
        mine = bearer(await printer.token_for(alice.user_id))
    await target.move(folder)
    async with target.vault(folder) as new:
        users, moved = users_of(new), replace(printer, vault=new, channel=new.channel())
        await users.GetMe(users_pb2.GetMeRequest(), metadata=mine)
        await users.GetMe(users_pb2.GetMeRequest(), metadata=bearer(await moved.token_for(alice.user_id)))
    async with open_vault(folder) as old:
        bus = old.parts.contexts.service_accounts.bus
        await bus.handle(RevokeServiceKey(service_account_id=printer.actor, key_id=printer.key_id))
    await target.move(folder)
    async with target.vault(folder) as new:
        found = await failure(users_of(new).GetMe(users_pb2.GetMeRequest(), metadata=mine))
        assert found.brief == "UNAUTHENTICATED SESSION_REVOKED"


async def test_a_sealed_upload_is_completed_there(target: Target, folder: Path) -> None:
    """An upload whose last part was stored, and that was never completed, needs no more than its finish."""
    data = some_bytes(PART + 5)
    async with open_vault(folder) as old:
        bob = await old.person("bob")
        asset_id = await bob.paused(data, len(data))
        await old.parts.assets.bus.handle(
            StartUpload(UserId.parse(bob.user_id, "user_id"), AssetId.parse(asset_id, "asset_id"), 0)
        )
        before = await bob.status(asset_id)
    await target.move(folder)
    async with target.vault(folder) as new:
        bob = await again(new, bob)
        assert (await bob.status(asset_id)).persisted_size == before.persisted_size
        assert (await bob.upload(asset_id, data[before.persisted_size :], before.persisted_size)).complete
        assert await bob.download(asset_id) == data


async def test_goes_on_wherever_it_broke_off(target: Target, folder: Path) -> None:
    """Cancelled at each step in turn, it is whole in the end, and no unfinished upload is left in the bucket."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        for number in range(4):
            await alice.stored(some_bytes(number * MIB))
        await alice.paused(some_bytes(PART + 1), 2 * PART)
    at = 1
    while await interrupted(target, folder, at):
        at += 1
    assert at > 3
    assert await target.holds(folder)
    assert len(target.unfinished()) == 1
    report = await target.move(folder)
    assert report.migrated_bytes == 0
    assert {name for name, tally in report.tallies.items() if tally.migrated} == {"audit entries"}
    assert report.tallies["audit entries"].migrated == 1  # that of this very move
    assert report.tallies["assets"].present == 5


async def test_follows_what_happened_in_between(target: Target, folder: Path) -> None:
    """What the old server changed, added, completed and deleted after an interrupted move is so there in the end."""
    data = some_bytes(PART + 7)
    async with open_vault(folder) as old:
        alice, bob, carol = [await old.person(name) for name in ("alice", "bob", "carol")]
        request = pb.CreateAssetRequest(asset=pb.Asset(title="x", file=pb.File(name="x")), request_id=str(uuid4()))
        await carol.call("CreateAsset", request)
        changed, deleted = await alice.stored(b"changed"), await alice.stored(b"deleted")
        completed, cancelled = await alice.paused(data[:-1], len(data)), await alice.paused(data, 2 * PART)
        advanced = await alice.paused(data, 3 * PART)
    await target.move(folder)
    async with open_vault(folder) as old:
        alice, bob, carol = [await again(old, person) for person in (alice, bob, carol)]
        change = pb.UpdateAssetRequest(asset=pb.Asset(asset_id=changed, title="Other"), update_mask=TITLE)
        await alice.call("UpdateAsset", change)
        await alice.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=deleted, force=True))
        await alice.call("CancelUpload", pb.CancelUploadRequest(asset_id=cancelled))
        await alice.upload(completed, data[PART:], PART)
        await alice.send([start(advanced, PART), *chunks(some_bytes(PART))])
        await alice.stored(b"new")
        await alice.users.UpdateMe(
            users_pb2.UpdateMeRequest(user=users_pb2.User(username="bob_s_friend"), update_mask=NAME),
            metadata=alice.metadata,
        )
        await bob.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=bob.metadata)
        await carol.users.UpdateMe(
            users_pb2.UpdateMeRequest(user=users_pb2.User(username="alice"), update_mask=NAME), metadata=carol.metadata
        )
        await carol.users.Logout(users_pb2.LogoutRequest(refresh_token=carol.tokens.refresh_token))
        await old.deliver()
    report = await target.move(folder)
    assert {name: tally.removed for name, tally in report.tallies.items() if tally.removed} == {
        "accounts": 1, "sessions": 2, "assets": 1, "unfinished uploads": 2,
    }  # fmt: skip
    async with target.vault(folder) as new:
        await new.deliver()
        alice = await again(new, alice)
        assert (await alice.asset(changed)).title == "Other"
        assert [await alice.download(each) for each in (changed, completed)] == [b"changed", data]
        assert (await alice.status(advanced)).persisted_size == 2 * PART
    assert await target.holds(folder)
    assert len(target.objects()) == 3
    assert len(target.unfinished()) == 1


async def test_leftovers_are_cleared_away(target: Target, folder: Path) -> None:
    """A file that came without its asset stays if the asset is still here, and goes if that was deleted since."""
    async with open_vault(folder) as old:
        alice = await old.person("alice")
        deleted, kept = await alice.stored(b"deleted"), await alice.stored(b"kept")
    await target.move(folder)
    async with open_vault(folder) as old:
        await (await again(old, alice)).call("PurgeAsset", pb.PurgeAssetRequest(asset_id=deleted, force=True))
        await old.deliver()
    await target.forget_assets()
    report = await target.move(folder)
    assert (report.tallies["assets"].migrated, report.migrated_bytes) == (1, len(b"kept"))
    assert len(target.objects()) == 1
    async with target.vault(folder) as new:
        assert await (await again(new, alice)).download(kept) == b"kept"
