"""The commands that carry an upload, one at a time."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing
from emo_grpc.assets.domain.asset import AssetState
from emo_grpc.assets.domain.commands import (
    CancelUpload,
    CheckpointUpload,
    CloseUpload,
    CompleteObject,
    CompleteUpload,
    ExpireUploads,
    RestartUpload,
    StartUpload,
)
from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.domain.errors import (
    AssetNotFound,
    BlobNotFound,
    FileAlreadyComplete,
    SizeMismatch,
    UploadCorrupt,
    UploadSuperseded,
)
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.trash_commands import PurgeAsset
from emo_grpc.assets.service_layer.ports import PartReceipt
from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.domain.messages import Command

from .world import ANN, BOB, MIB, PART, World, send, some_bytes


async def test_a_ticket_says_how_to_go_on(world: World) -> None:
    """A later ticket is of the same upload, further on, and shuts out the one before."""
    asset_id = await world.create(3 * PART)
    first = await world.start(asset_id)
    assert (first.part_size, first.part_count, first.persisted_size, first.is_closed) == (PART, 0, 0, False)
    asset_id = await world.begun(some_bytes(PART), 3 * PART)
    before = await world.upload_of(asset_id)
    second = await world.start(asset_id, PART)
    assert (second.part_count, second.persisted_size, second.crc32c) == (1, PART, before.crc32c)
    assert second.fence.blob_key == before.blob_key
    assert second.fence.generation == before.generation + 1
    assert repr(second.data_key) not in repr(second)


async def test_a_start_looks_once_before_its_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One view says whether there is an upload, and what a new one needs."""
    looks: list[str] = []

    def watch(name: str) -> None:
        view = getattr(world.views, name)

        async def look(*arguments: Any) -> Any:
            looks.append(name)
            return await view(*arguments)

        monkeypatch.setattr(type(world.views), name, staticmethod(look))

    for name in ("asset", "upload", "download"):
        watch(name)
    asset_id = await world.create(3 * PART)
    assert (await world.start(asset_id)).part_size == PART
    assert looks == ["upload"]


@pytest.mark.parametrize(("declared", "part_size"), [(0, PART), (9_000 * PART, PART), (9_000 * PART + 1, 2 * PART)])
async def test_parts_grow_with_the_declared_size(memory: World, declared: int, part_size: int) -> None:
    """A file has never more than 9,000 parts of what was declared."""
    asset_id = await memory.create()
    async with memory.stores.unit() as unit:
        asset = await unit.assets.get(asset_id)
        assert asset is not None
        asset.file = type(asset.file)(name="x", size_bytes=declared)
        await unit.assets.save(asset)
        await unit.commit()
    assert (await memory.start(asset_id)).part_size == part_size


async def test_nobody_else_may(world: World) -> None:
    """Somebody else's asset can be neither uploaded to nor cancelled, and is not told apart from none."""
    asset_id = await world.create()
    for command in (StartUpload(BOB, asset_id, 0), CancelUpload(BOB, asset_id), StartUpload(ANN, AssetId.new(), 0)):
        with pytest.raises(AssetNotFound):
            await world.bus.handle(command)
    assert await world.objects() == (0, 0)


async def test_an_old_fence_opens_nothing(world: World) -> None:
    """Every command of a stream that was overtaken is refused and changes nothing."""
    asset_id = await world.create()
    ticket = await world.start(asset_id)
    await world.start(asset_id)
    before = await world.upload_of(asset_id)
    for command in (
        CheckpointUpload(asset_id, ticket.fence, "token", 5, 5, is_last=False),
        CloseUpload(asset_id, ticket.fence),
        CompleteObject(asset_id, ticket.fence),
        CompleteUpload(asset_id, ticket.fence, ANN, ticket.data_key),
        RestartUpload(asset_id, ticket.fence),
    ):
        with pytest.raises(UploadSuperseded):
            await world.bus.handle(command)
    assert await world.upload_of(asset_id) == before


async def test_a_dropped_upload_has_no_fence(world: World) -> None:
    """After a cancel, and after a new beginning, the fence of the upload before is worth nothing."""
    asset_id = await world.create()
    ticket = await world.start(asset_id)
    await world.bus.handle(CancelUpload(ANN, asset_id))
    seal = CloseUpload(asset_id, ticket.fence)
    with pytest.raises(UploadSuperseded):
        await world.bus.handle(seal)
    assert (await world.start(asset_id)).fence.generation == ticket.fence.generation
    with pytest.raises(UploadSuperseded):
        await world.bus.handle(seal)


@pytest.mark.parametrize("begun", [0, PART])
async def test_a_deleted_asset_has_no_upload(world: World, begun: int) -> None:
    """Every command of a stream whose asset was deleted says that there is no such asset."""
    asset_id = await world.begun(some_bytes(begun))
    ticket = await world.start(asset_id, begun)
    await world.bus.handle(PurgeAsset(ANN, asset_id, force=True))
    for command in (
        CheckpointUpload(asset_id, ticket.fence, "token", 5, 5, is_last=False),
        CloseUpload(asset_id, ticket.fence),
        CompleteObject(asset_id, ticket.fence),
        CompleteUpload(asset_id, ticket.fence, ANN, ticket.data_key),
        RestartUpload(asset_id, ticket.fence),
    ):
        with pytest.raises(AssetNotFound):
            await world.bus.handle(command)


async def test_completion_that_was_cut_short(world: World) -> None:
    """A crash between the blob store and the database leaves no readable file, and the next finish completes it."""
    data = some_bytes(MIB)
    asset_id = await world.begun(data, len(data))
    upload = await world.upload_of(asset_id)
    assert upload.is_closed
    async with world.stores.unit() as unit:
        tokens = await unit.uploads.receipts(asset_id)
    await world.blobs.complete(upload.blob_key, upload.upload_handle, [PartReceipt(1, tokens[0])])
    assert not (await world.views.upload(asset_id, ANN)).complete
    await world.upload(asset_id, b"", offset=len(data))
    assert await world.download(asset_id) == data


async def test_an_end_after_whole_parts_that_was_cut_short(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a file of unknown size ended is noted before it is visible: after a crash nothing more can follow, and who
    sends it from its beginning completes it."""
    asset_id, handle = await world.begun(), world.bus.handle

    async def die_before_ready(command: Command[Any]) -> Any:
        if isinstance(command, CompleteUpload):
            raise Unavailable("gone")
        return await handle(command)

    monkeypatch.setattr(world.bus, "handle", die_before_ready)
    with pytest.raises(Unavailable):
        await world.upload(asset_id, b"", offset=PART)
    monkeypatch.undo()
    with pytest.raises(SizeMismatch):
        await world.upload(asset_id, b"x", offset=PART)
    await world.upload(asset_id, some_bytes(PART))
    assert await world.download(asset_id) == some_bytes(PART)


async def test_going_on_begins_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that goes on asks the store for no other one: a call more, and an orphan after a crash."""
    asset_id = await world.begun()
    monkeypatch.delattr(type(world.blobs), "begin")
    assert (await world.start(asset_id, PART)).persisted_size == PART


async def test_the_store_completes_a_file_once(world: World) -> None:
    """When somebody changes the asset while its file becomes visible, only the database is asked again."""
    asset_id, wrap = await world.begun(some_bytes(PART), PART + 3), AesKeyRing.wrap
    conflicts = [ConcurrentChange("somebody was first")] * 2

    def overtaken(self: AesKeyRing, *arguments: Any) -> WrappedKey:
        if conflicts:
            raise conflicts.pop()
        return wrap(self, *arguments)

    blobs = world.stores.blobs
    with patch.object(AesKeyRing, "wrap", overtaken), patch.object(blobs, "complete", wraps=blobs.complete) as complete:
        await world.upload(asset_id, b"abc", offset=PART)
    assert (complete.await_count, conflicts) == (1, [])
    assert await world.download(asset_id) == some_bytes(PART) + b"abc"


@pytest.mark.parametrize("size", [3, PART + 3])
async def test_nothing_of_an_upload_outlives_its_completion(world: World, size: int) -> None:
    """Its record goes with its time still to come: what drops uploads later would take the file with it."""
    asset_id = await world.stored(some_bytes(size))
    async with world.stores.unit() as unit:
        assert await unit.uploads.find(asset_id) is None
        assert (await unit.assets.usage(ANN)).reserved_bytes == size
    world.clock.pass_by(timedelta(days=8))
    assert await world.bus.handle(ExpireUploads()) == 0
    await world.deliver()
    assert await world.download(asset_id) == some_bytes(size)


async def test_while_the_store_completes_others_write(world: World) -> None:
    """A store that takes its time over a file keeps nobody from the database."""
    asset_id, blobs = await world.begun(some_bytes(PART), PART), world.stores.blobs
    ticket, complete, is_created = await world.start(asset_id, PART), blobs.complete, asyncio.Event()

    async def complete_late(*arguments: Any) -> None:
        await asyncio.wait_for(is_created.wait(), 10)
        await complete(*arguments)

    with patch.object(blobs, "complete", complete_late):
        completing = asyncio.create_task(world.bus.handle(CompleteObject(asset_id, ticket.fence)))
        await asyncio.wait([completing], timeout=0.05)
        await world.create()
        is_created.set()
        await completing
    assert await world.objects() == (1, 0)


@pytest.mark.parametrize("tokens", [("other",), ("other", "other")])
async def test_only_parts_that_the_stream_stored_become_an_object(world: World, tokens: tuple[str, ...]) -> None:
    """What the database says of parts is held against what their stream knows, before the file becomes visible."""
    asset_id = await world.begun(some_bytes(PART), PART)
    ticket = await world.start(asset_id, PART)
    with pytest.raises(UploadCorrupt):
        await world.bus.handle(CompleteObject(asset_id, ticket.fence, tokens))
    assert await world.objects() == (0, 1)


async def test_cancelled_in_the_middle_of_completion(world: World) -> None:
    """An object that was completed for an upload that is then cancelled is removed."""
    asset_id = await world.begun(b"abc", 3)
    upload = await world.upload_of(asset_id)
    async with world.stores.unit() as unit:
        tokens = await unit.uploads.receipts(asset_id)
    await world.blobs.complete(upload.blob_key, upload.upload_handle, [PartReceipt(1, tokens[0])])
    await world.bus.handle(CancelUpload(ANN, asset_id))
    assert await world.objects() == (1, 0)
    await world.deliver()
    assert await world.objects() == (0, 0)


async def test_seal_twice(world: World) -> None:
    """Sealing is repeatable."""
    asset_id = await world.begun()
    ticket = await world.start(asset_id)
    for _ in range(2):
        await world.bus.handle(CloseUpload(asset_id, ticket.fence))
    assert (await world.upload_of(asset_id)).is_closed
    await world.upload(asset_id, b"", offset=PART)


async def test_cancel(world: World) -> None:
    """A cancelled upload is back at nothing with its bytes removed; again is OK; a complete file is not cancelled."""
    asset_id = await world.begun(some_bytes(PART + 5))
    assert await world.persisted(asset_id) == PART
    for _ in range(2):
        await world.bus.handle(CancelUpload(ANN, asset_id))
    view = await world.views.upload(asset_id, ANN)
    assert (view.persisted_size, view.complete, view.expire_time) == (0, False, None)
    assert (await world.asset(asset_id)).state is AssetState.PENDING
    await world.deliver()
    assert await world.objects() == (0, 0)
    await world.upload(asset_id, b"abc")
    with pytest.raises(FileAlreadyComplete):
        await world.bus.handle(CancelUpload(ANN, asset_id))
    assert await world.download(asset_id) == b"abc"


async def test_deleting_an_asset_takes_its_upload(world: World) -> None:
    """The upload of a deleted asset goes with its key at once, and its bytes soon after."""
    asset_id = await world.begun(some_bytes(PART + 5))
    await world.bus.handle(PurgeAsset(ANN, asset_id, force=True))
    async with world.stores.unit() as unit:
        assert await unit.uploads.find(asset_id) is None
        assert (await unit.assets.usage(ANN)).reserved_bytes == 0
    await world.deliver()
    assert await world.objects() == (0, 0)


async def test_only_bytes_keep_an_upload_alive(world: World) -> None:
    """The begin and each checkpoint put the expiry off by the whole time; taking over does not."""
    asset_id = await world.create()
    expire_time = world.clock() + timedelta(days=7)
    for _ in range(3):
        await world.start(asset_id)
        assert (await world.upload_of(asset_id)).expire_time == expire_time
        world.clock.pass_by(timedelta(days=2))
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        world.clock.pass_by(timedelta(days=1))
        await send(writer, some_bytes(PART))
        await writer.pause()
    assert (await world.upload_of(asset_id)).expire_time == world.clock() + timedelta(days=7)


async def test_a_part_that_is_lost(world: World) -> None:
    """An upload that has lost a part is not completed without it."""
    asset_id = await world.begun(some_bytes(PART), PART)
    ticket = await world.start(asset_id, PART)
    upload = await world.upload_of(asset_id)
    await world.blobs.abort(upload.blob_key, upload.upload_handle)
    with pytest.raises(BlobNotFound):
        await world.bus.handle(CompleteObject(asset_id, ticket.fence))
    assert (await world.asset(asset_id)).state is AssetState.PENDING
