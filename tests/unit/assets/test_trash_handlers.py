"""Into the trash, out of it, and to an end there."""

import asyncio
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.commands import (
    AssetChange,
    CancelUpload,
    CheckpointUpload,
    CloseUpload,
    CompleteObject,
    CompleteUpload,
    DeleteAsset,
    ExpireUploads,
    StartUpload,
    UpdateAsset,
)
from emo_grpc.assets.domain.errors import (
    AssetInTrash,
    AssetNotFound,
    AssetNotInTrash,
    OwnerRemoved,
    QuotaExceeded,
    TooManyPendingAssets,
    UploadSuperseded,
)
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.trash_commands import EmptyTrash, PurgeAsset, Purged, PurgeDueAssets, RestoreAsset
from emo_grpc.assets.service_layer import trash_handlers
from emo_grpc.assets.service_layer.owned_assets import remove_asset
from emo_grpc.assets.service_layer.stats import TrashStats
from emo_grpc.assets.service_layer.trash_handlers import TrashHandlers
from emo_grpc.assets.service_layer.views import AssetQuery, SortField
from emo_grpc.shared.domain.errors import EtagMismatch
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import RequestId, UserId

from .world import ANN, BOB, PART, PENDING, QUOTA, World, some_bytes

MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)


async def thrown_away(world: World, data: bytes = b"abc") -> AssetId:
    """A complete one that is in the trash."""
    asset_id = await world.stored(data)
    await world.bus.handle(DeleteAsset(ANN, asset_id))
    return asset_id


async def in_trash(world: World, owner_id: UserId = ANN) -> list[AssetId]:
    """What the list of the trash shows."""
    query = AssetQuery(owner_id, 1000, sort_field=SortField.UPDATE_TIME, in_trash=True)
    return [view.asset_id for view in (await world.views.page(query)).items]


async def test_a_deleted_asset_comes_back_as_it_was(world: World) -> None:
    """It is in the trash with its file, for 30 days from then; restored, nothing but its etag is another."""
    asset_id = await world.stored(some_bytes(PART + 5))
    before = await world.asset(asset_id)
    world.clock.pass_by(SECOND)
    await world.bus.handle(DeleteAsset(ANN, asset_id, before.etag))
    asset = await world.asset(asset_id)
    assert (asset.delete_time, asset.purge_time) == (world.clock(), world.clock() + MONTH)
    assert asset.etag != before.etag
    await world.deliver()
    assert await world.download(asset_id) == some_bytes(PART + 5)
    world.clock.pass_by(SECOND)
    await world.bus.handle(RestoreAsset(ANN, asset_id, asset.etag))
    restored = await world.asset(asset_id)
    assert (restored.delete_time, restored.purge_time, restored.update_time) == (None, None, before.update_time)
    assert (restored.description, restored.file, restored.content) == (before.description, before.file, before.content)
    assert await world.download(asset_id) == some_bytes(PART + 5)


async def test_deleting_again_changes_nothing(world: World) -> None:
    """Whatever etag a repetition comes with: what is in the trash does not live longer there."""
    asset_id = await thrown_away(world)
    asset = await world.asset(asset_id)
    world.clock.pass_by(SECOND)
    await world.bus.handle(DeleteAsset(ANN, asset_id))
    await world.bus.handle(DeleteAsset(ANN, asset_id, "v1"))
    assert await world.asset(asset_id) == asset


async def test_only_what_is_in_the_trash_is_restored_and_purged(world: World) -> None:
    """An asset that is not there stays as it is, unless its destruction is asked for by force."""
    asset_id = await world.stored(b"abc")
    before = await world.asset(asset_id)
    for command in (RestoreAsset(ANN, asset_id), PurgeAsset(ANN, asset_id)):
        with pytest.raises(AssetNotInTrash):
            await world.bus.handle(command)
    assert await world.asset(asset_id) == before
    await world.bus.handle(PurgeAsset(ANN, asset_id, force=True))
    with pytest.raises(AssetNotFound):
        await world.asset(asset_id)


async def test_an_old_etag_neither_restores_nor_purges(world: World) -> None:
    """Who read it before it was moved does neither."""
    asset_id = await world.stored(b"abc")
    etag = (await world.asset(asset_id)).etag
    await world.bus.handle(DeleteAsset(ANN, asset_id))
    for command in (RestoreAsset(ANN, asset_id, etag), PurgeAsset(ANN, asset_id, etag=etag)):
        with pytest.raises(EtagMismatch):
            await world.bus.handle(command)
    await world.bus.handle(PurgeAsset(ANN, asset_id, etag=(await world.asset(asset_id)).etag))


async def test_nobody_else_has_it_in_hand(world: World) -> None:
    """Somebody else's asset in the trash is not found, nor is one that never was."""
    asset_id = await thrown_away(world)
    for command in (
        DeleteAsset(BOB, asset_id), RestoreAsset(BOB, asset_id), PurgeAsset(BOB, asset_id, force=True),
        RestoreAsset(ANN, AssetId.new()), PurgeAsset(ANN, AssetId.new()),
    ):  # fmt: skip
        with pytest.raises(AssetNotFound):
            await world.bus.handle(command)
    assert await world.bus.handle(EmptyTrash(BOB)) == Purged(0, is_more=False)
    assert await in_trash(world) == [asset_id]


async def test_a_purged_asset_is_gone(world: World) -> None:
    """Its key at once, and its bytes after the relay."""
    asset_id = await thrown_away(world)
    await world.bus.handle(PurgeAsset(ANN, asset_id))
    with pytest.raises(AssetNotFound):
        await world.asset(asset_id)
    assert await world.objects() == (1, 0)
    await world.deliver()
    assert await world.objects() == (0, 0)


async def test_nothing_changes_it_there(world: World) -> None:
    """It is neither described nor does its file come in, and its upload is not cancelled, until it is restored."""
    ready, pending = await thrown_away(world), await world.begun()
    await world.bus.handle(DeleteAsset(ANN, pending))
    before = [await world.asset(asset_id) for asset_id in (ready, pending)]
    for asset_id in (ready, pending):
        for command in (
            UpdateAsset(ANN, asset_id, AssetChange(title="x")), StartUpload(ANN, asset_id, 0),
            CancelUpload(ANN, asset_id),
        ):  # fmt: skip
            with pytest.raises(AssetInTrash):
                await world.bus.handle(command)
    assert [await world.asset(asset_id) for asset_id in (ready, pending)] == before
    await world.bus.handle(RestoreAsset(ANN, pending))
    await world.upload(pending, b"abc", offset=PART)
    assert await world.download(pending) == some_bytes(PART) + b"abc"


async def test_a_stream_ends_with_the_deletion(world: World) -> None:
    """Whoever sends the file of an asset that is deleted meanwhile is refused at the next step; what came in stays."""
    asset_id = await world.begun()
    ticket = await world.start(asset_id, PART)
    await world.bus.handle(DeleteAsset(ANN, asset_id))
    for command in (
        CheckpointUpload(asset_id, ticket.fence, "token", 5, 5, is_last=False),
        CloseUpload(asset_id, ticket.fence),
        CompleteObject(asset_id, ticket.fence),
        CompleteUpload(asset_id, ticket.fence, ANN, ticket.data_key),
    ):
        with pytest.raises(UploadSuperseded):
            await world.bus.handle(command)
    assert await world.persisted(asset_id) == PART


async def test_an_upload_that_begins_meanwhile_is_refused(world: World) -> None:
    """An asset that is deleted while its upload begins has none, and the store is left with nothing."""
    asset_id = await world.create()
    begin = world.blobs.begin

    async def begin_late(key: BlobKey, *, is_durable: bool) -> str:
        await world.bus.handle(DeleteAsset(ANN, asset_id))
        return await begin(key, is_durable=is_durable)

    with patch.object(world.blobs, "begin", begin_late), pytest.raises(AssetInTrash):
        await world.bus.handle(StartUpload(ANN, asset_id, 0))
    assert await world.objects() == (0, 0)


async def test_an_upload_expires_in_the_trash(memory: World) -> None:
    """After its own time, as always; the asset waits for its file when it is restored."""
    asset_id = await memory.begun()
    await memory.bus.handle(DeleteAsset(ANN, asset_id))
    memory.clock.pass_by(timedelta(days=8))
    assert await memory.bus.handle(ExpireUploads()) == 1
    await memory.deliver()
    assert await memory.objects() == (0, 0)
    await memory.bus.handle(RestoreAsset(ANN, asset_id))
    await memory.upload(asset_id, b"abc")


async def test_the_trash_counts_against_the_limits(memory: World) -> None:
    """Deleting gives nothing back, so what is restored always fits; purging does."""
    asset_id = await memory.create(QUOTA)
    await memory.bus.handle(DeleteAsset(ANN, asset_id))
    with pytest.raises(QuotaExceeded):
        await memory.create(1)
    assert (await memory.views.stats(ANN)).trash == TrashStats(1, QUOTA)
    await memory.bus.handle(RestoreAsset(ANN, asset_id))
    await memory.bus.handle(PurgeAsset(ANN, asset_id, force=True))
    for number in range(PENDING):
        asset_id = await memory.create()
        if number % 2:
            await memory.bus.handle(DeleteAsset(ANN, asset_id))
    with pytest.raises(TooManyPendingAssets):
        await memory.create()


async def test_the_trash_is_emptied_in_batches(memory: World) -> None:
    """Those that have been there longest first, a bounded number at a time, until none is left."""
    deleted = []
    for _ in range(5):
        deleted.append(await thrown_away(memory))
        memory.clock.pass_by(SECOND)
    kept = await memory.stored(b"kept")
    with patch.object(trash_handlers, "BATCH", 2):
        assert await memory.bus.handle(EmptyTrash(ANN)) == Purged(2, is_more=True)
        assert await in_trash(memory) == deleted[:1:-1]
        assert await memory.bus.handle(EmptyTrash(ANN)) == Purged(2, is_more=True)
        assert await memory.bus.handle(EmptyTrash(ANN)) == Purged(1, is_more=False)
        assert await memory.bus.handle(EmptyTrash(ANN)) == Purged(0, is_more=False)
    await memory.deliver()
    assert await memory.objects() == (1, 0)
    assert await memory.download(kept) == b"kept"


async def test_no_batch_takes_long(memory: World) -> None:
    """On a slow database a batch ends early, after one asset at least."""
    for _ in range(3):
        await thrown_away(memory)

    async def remove_slowly(*args: object) -> None:
        memory.clock.pass_by(2 * SECOND)
        await remove_asset(*args)  # type: ignore[arg-type] # what it was given

    with patch.object(trash_handlers, "remove_asset", remove_slowly):
        assert await memory.bus.handle(EmptyTrash(ANN)) == Purged(2, is_more=True)
        assert await memory.bus.handle(EmptyTrash(ANN)) == Purged(1, is_more=False)


async def test_a_repeated_request_empties_nothing_more(world: World) -> None:
    """The same request_id has the first result, also at the same moment, and what came later stays."""
    await thrown_away(world)
    command = EmptyTrash(ANN, RequestId(uuid4()))
    results = await asyncio.gather(*(world.bus.handle(command) for _ in range(3)))
    assert results == [Purged(1, is_more=False)] * 3
    later = await thrown_away(world)
    assert await world.bus.handle(command) == Purged(1, is_more=False)
    assert await in_trash(world) == [later]
    assert await world.bus.handle(EmptyTrash(ANN, RequestId(uuid4()))) == Purged(1, is_more=False)


async def test_nothing_is_remembered_of_who_is_removed(world: World) -> None:
    """A call that was let in before its account was removed leaves no result under the id of its owner."""
    await world.events[UserRemoved]["remove_assets_of_user"](UserRemoved(ANN), uuid4())
    with pytest.raises(OwnerRemoved):
        await world.bus.handle(EmptyTrash(ANN, RequestId(uuid4())))
    async with world.stores.unit() as unit:
        assert await unit.idempotency.after(None, 9) == []


async def test_what_is_due_is_purged(world: World) -> None:
    """Each when its own time is over, not a moment before, whoever owns it."""
    first = await thrown_away(world)
    world.clock.pass_by(SECOND)
    second = await world.create(owner_id=BOB)
    await world.bus.handle(DeleteAsset(BOB, second))
    world.clock.pass_by(MONTH - 2 * SECOND)
    assert await world.bus.handle(PurgeDueAssets()) == 0
    world.clock.pass_by(SECOND)
    assert await world.bus.handle(PurgeDueAssets()) == 1
    with pytest.raises(AssetNotFound):
        await world.asset(first)
    assert await in_trash(world, BOB) == [second]
    world.clock.pass_by(SECOND)
    assert await world.bus.handle(PurgeDueAssets()) == 1
    assert await world.bus.handle(PurgeDueAssets()) == 0
    await world.deliver()
    assert await world.objects() == (0, 0)


async def test_without_a_trash_an_asset_is_destroyed_at_once(world: World) -> None:
    """With the setting 0; what came into the trash before stays until its time is over."""
    handlers = TrashHandlers(world.stores.unit, world.clock, timedelta(0))
    there, asset_id = await thrown_away(world), await world.stored(b"abc")
    await handlers.delete_asset(DeleteAsset(ANN, asset_id))
    with pytest.raises(AssetNotFound):
        await world.asset(asset_id)
    await handlers.delete_asset(DeleteAsset(ANN, there))
    assert await in_trash(world) == [there]


async def test_a_removed_user_s_trash_goes_along(world: World) -> None:
    """With complete files and begun ones, and with what is remembered of emptying it."""
    await world.bus.handle(EmptyTrash(ANN, RequestId(uuid4())))
    await thrown_away(world)
    await world.bus.handle(DeleteAsset(ANN, await world.begun()))
    await world.events[UserRemoved]["remove_assets_of_user"](UserRemoved(ANN), uuid4())
    await world.deliver()
    assert await world.objects() == (0, 0)
    async with world.stores.unit() as unit:
        assert await unit.assets.owned_by(ANN, 9) == []
        assert await unit.idempotency.after(None, 9) == []
