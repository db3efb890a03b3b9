"""The trash, over a real server."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from emo.assets.v1 import assets_pb2 as pb
from emo.server.v1.server_pb2 import GetServerInfoRequest
from emo.server.v1.server_pb2_grpc import ServerServiceStub
from emo_grpc.users.domain.user import Role
from rpc.vault import PART, Person, Vault, failure, open_vault, some_bytes, start

IN_TRASH = "FAILED_PRECONDITION ASSET_IN_TRASH"
NOT_IN_TRASH = "FAILED_PRECONDITION ASSET_NOT_IN_TRASH"


async def delete(person: Person, *asset_ids: str) -> None:
    for asset_id in asset_ids:
        await person.call("DeleteAsset", pb.DeleteAssetRequest(asset_id=asset_id))


async def restore(person: Person, asset_id: str) -> None:
    await person.call("RestoreAsset", pb.RestoreAssetRequest(asset_id=asset_id))


async def purge(person: Person, asset_id: str, **how: Any) -> None:
    await person.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=asset_id, **how))


async def listed(person: Person, name: str = "ListTrash") -> list[str]:
    return [asset.asset_id for asset in (await person.call(name)).assets]


async def test_there_and_back(vault: Vault, alice: Person) -> None:
    """What is deleted is in the trash alone, shown and downloaded as before; restored, it is as it was but its etag."""
    root = await vault.person("root", Role.ADMIN)
    asset_id, kept = await alice.stored(b"abc"), await alice.stored(b"kept")
    before, stats = await alice.asset(asset_id), await alice.call("GetAssetStats")
    await delete(alice, asset_id)
    (shown,) = (await alice.call("ListTrash")).assets
    assert shown == await alice.asset(asset_id)
    lifetime = shown.purge_time.ToDatetime() - shown.delete_time.ToDatetime()
    assert lifetime == timedelta(days=30)
    assert await listed(alice, "ListAssets") == await listed(root, "ListAllAssets") == [kept]
    with_trash = await alice.call("GetAssetStats")
    assert (with_trash.total_count, with_trash.trash_count, with_trash.trash_bytes) == (1, 1, 3)
    assert with_trash.used_bytes == stats.used_bytes
    await vault.deliver()
    assert await alice.download(asset_id) == b"abc"
    await restore(alice, asset_id)
    after = await alice.asset(asset_id)
    assert after.etag != before.etag
    after.etag = before.etag
    assert after == before
    assert await alice.call("GetAssetStats") == stats
    assert await listed(alice, "ListAssets") == [kept, asset_id]
    assert await listed(alice) == []


async def test_nothing_in_the_trash_changes(alice: Person) -> None:
    """Each call that would says that it is there; deleting it again is OK, restoring what is not there is not."""
    asset_id, ready = await alice.paused(some_bytes(PART), PART + 1), await alice.stored(b"abc")
    for not_there in (restore(alice, ready), purge(alice, ready)):
        assert (await failure(not_there)).brief == NOT_IN_TRASH
    await delete(alice, asset_id)
    before = await alice.asset(asset_id)
    asset, mask = pb.Asset(asset_id=asset_id, title="x"), FieldMask(paths=["title"])
    for attempt in (
        alice.call("UpdateAsset", pb.UpdateAssetRequest(asset=asset, update_mask=mask)),
        alice.call("CancelUpload", pb.CancelUploadRequest(asset_id=asset_id)),
        alice.send([start(asset_id, PART)]),
    ):
        assert (await failure(attempt)).brief == IN_TRASH
    await delete(alice, asset_id)
    assert await alice.asset(asset_id) == before
    assert (await alice.status(asset_id)).persisted_size == PART
    await restore(alice, asset_id)
    assert (await alice.upload(asset_id, b"x", PART)).complete


async def test_pages_of_the_trash(alice: Person, bob: Person) -> None:
    """Last deleted first, without a gap or a repetition, each one's own; a token is good for nothing else."""
    asset_ids = [await alice.create() for _ in range(5)]
    await delete(alice, *asset_ids)
    await delete(bob, await bob.create())
    found, request = [], pb.ListTrashRequest(page_size=2)
    while True:
        page = await alice.call("ListTrash", request)
        found += [asset.asset_id for asset in page.assets]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert found == asset_ids[::-1]
    for person, name, message in (
        (bob, "ListTrash", request),
        (alice, "ListAssets", pb.ListAssetsRequest(page_size=2, page_token=request.page_token)),
    ):
        assert (await failure(person.call(name, message))).brief == "INVALID_ARGUMENT INVALID_PAGE_TOKEN"
    assert (await failure(alice.call("ListTrash", pb.ListTrashRequest(page_size=-1)))).fields == ["page_size"]


async def test_emptied(vault: Vault, alice: Person) -> None:
    """The keys are gone at once, the bytes soon, and the room is there again; the same request_id empties no more."""
    gone, kept = [await alice.stored(some_bytes(PART + 5)) for _ in range(2)], await alice.stored(b"kept")
    await delete(alice, *gone)
    request = pb.EmptyTrashRequest(request_id=str(uuid4()))
    for _ in range(2):
        assert await alice.call("EmptyTrash", request) == pb.EmptyTrashResponse(purged_count=2)
        await delete(alice, kept)
    assert [await listed(alice), await listed(alice, "ListAssets")] == [[kept], []]
    assert (await failure(alice.asset(gone[0]))).brief == "NOT_FOUND ASSET_NOT_FOUND"
    assert (await alice.call("GetAssetStats")).used_bytes == len(b"kept")
    await vault.deliver()
    assert len(vault.blob_parts()) == 1
    await restore(alice, kept)
    assert await alice.download(kept) == b"kept"
    bad = pb.EmptyTrashRequest(request_id="x")
    assert (await failure(alice.call("EmptyTrash", bad))).fields == ["request_id"]


async def test_swept(vault: Vault, alice: Person) -> None:
    """What was in the trash for its time goes with the next sweep, and not before."""
    asset_id = await alice.stored(b"abc")
    await delete(alice, asset_id)
    for days, expected in ((29.99, [asset_id]), (30.01, [])):
        vault.clock.ahead = timedelta(days=days)
        await vault.parts.assets.sweep()
        await vault.deliver()
        vault.clock.ahead = timedelta(0)
        assert await listed(alice) == expected
        assert len(vault.blob_parts()) == len(expected)


@pytest.mark.parametrize("days", [0, 1])
async def test_the_operator_says_for_how_long(tmp_path: Path, days: int) -> None:
    """TRASH_DAYS is what the server tells of itself and does; with 0 a deleted asset is destroyed at once."""
    async with open_vault(tmp_path, trash_days=days) as vault:
        stub: Any = ServerServiceStub(vault.channel())
        told = (await stub.GetServerInfo(GetServerInfoRequest())).limits.assets.trash_lifetime
        assert told.ToTimedelta() == timedelta(days=days)
        alice = await vault.person("alice")
        asset_id = await alice.stored(b"abc")
        await delete(alice, asset_id)
        await vault.deliver()
        assert len(vault.blob_parts()) == len(await listed(alice)) == days
        if days:
            shown = await alice.asset(asset_id)
            assert shown.purge_time.ToDatetime() - shown.delete_time.ToDatetime() == told.ToTimedelta()
