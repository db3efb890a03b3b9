"""Keeping the stores tidy, over the bus and the engines."""

from datetime import timedelta
from uuid import uuid4

import pytest

from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing, kek_id
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.commands import (
    CancelUpload,
    CreateAsset,
    ExpireUploads,
    RemoveOrphans,
    RewrapKeys,
)
from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.domain.errors import StoredFileCorrupt, UploadSuperseded
from emo_grpc.assets.domain.events import AssetDeleted, UploadDropped
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.service_layer import maintenance_handlers
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.shared.domain.errors import RequestIdReused
from emo_grpc.shared.domain.ids import RequestId

from .world import ANN, KEK, NEW_KEK, PART, World, send, some_bytes

WEEK = timedelta(days=7)


async def test_expired_uploads_are_swept(world: World) -> None:
    """An upload that rested for a week is dropped with its bytes; one that did not is not; the asset stays."""
    old = await world.begun()
    world.clock.pass_by(WEEK - timedelta(seconds=1))
    young = await world.begun()
    assert await world.bus.handle(ExpireUploads()) == 0
    world.clock.pass_by(timedelta(seconds=1))
    assert await world.bus.handle(ExpireUploads()) == 1
    assert (await world.persisted(old), await world.persisted(young)) == (0, PART)
    await world.deliver()
    assert await world.objects() == (0, 1)
    await world.upload(old, b"abc")
    assert await world.download(old) == b"abc"


async def test_an_expired_upload_is_still_good_until_it_is_swept(world: World) -> None:
    """A client that comes back just in time goes on, and is not swept once it has stored a part."""
    asset_id = await world.begun()
    world.clock.pass_by(2 * WEEK)
    async with world.uploads.open(ANN, asset_id, PART) as writer:
        await send(writer, some_bytes(PART))
        await writer.pause()
        assert await world.bus.handle(ExpireUploads()) == 0
        await writer.finish(None)
    assert await world.download(asset_id) == 2 * some_bytes(PART)


async def test_a_client_that_stores_nothing_keeps_nothing(world: World) -> None:
    """An upload that is taken over again and again, without a part being stored, expires all the same."""
    asset_id = await world.begun()
    for _ in range(8):
        world.clock.pass_by(WEEK / 7)
        async with world.uploads.open(ANN, asset_id, PART) as writer:
            await writer.pause()
    assert await world.bus.handle(ExpireUploads()) == 1
    assert await world.persisted(asset_id) == 0
    await world.deliver()
    assert await world.objects() == (0, 0)


async def test_a_stream_whose_upload_expires(world: World) -> None:
    """A stream that is alive though its upload was swept is told at its next checkpoint."""
    asset_id = await world.create()
    with pytest.raises(UploadSuperseded):
        async with world.uploads.open(ANN, asset_id, 0) as writer:
            world.clock.pass_by(WEEK)
            await world.bus.handle(ExpireUploads())
            await writer.write(ReceivedChunk.of(b"x", None))
            await writer.finish(None)


async def test_request_ids_are_forgotten(world: World) -> None:
    """A request_id is remembered for a day, and then free again."""
    command = CreateAsset(ANN, Description(title="x"), File(name="x"), RequestId(uuid4()))
    other = CreateAsset(ANN, Description(title="y"), File(name="x"), command.request_id)
    await world.bus.handle(command)
    world.clock.pass_by(timedelta(hours=23))
    await world.bus.handle(ExpireUploads())
    with pytest.raises(RequestIdReused):
        await world.bus.handle(other)
    world.clock.pass_by(timedelta(hours=2))
    await world.bus.handle(ExpireUploads())
    await world.bus.handle(other)


def _rotated(world: World, *retired: bytes) -> World:
    return World(world.stores, world.threads, AesKeyRing(NEW_KEK, retired))


async def _all_rewrapped(world: World) -> int:
    total = 0
    while done := await world.bus.handle(RewrapKeys()):
        total += done
    return total


async def test_rewraps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After rewrapping, in as many turns as it takes, files and begun uploads need the old key no more."""
    monkeypatch.setattr(maintenance_handlers, "BATCH", 2)
    ready = [await world.stored(some_bytes(size)) for size in (0, 3, PART + 5, 7, 9)]
    begun = await world.begun()
    rotated = _rotated(world, KEK)
    assert await rotated.bus.handle(RewrapKeys()) == 3
    for asset_id in ready:
        await rotated.download(asset_id)
    assert await _all_rewrapped(rotated) == 3
    alone = _rotated(world)
    for asset_id, size in zip(ready, (0, 3, PART + 5, 7, 9), strict=True):
        assert await alone.download(asset_id) == some_bytes(size)
    await alone.upload(begun, b"end", offset=PART)
    assert await alone.download(begun) == some_bytes(PART) + b"end"


async def test_rewrapping_under_a_running_upload(world: World) -> None:
    """A stream that runs while its key is wrapped anew goes on, and its file opens with the new key alone."""
    asset_id = await world.create()
    rotated = _rotated(world, KEK)
    async with rotated.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, some_bytes(PART))
        await _all_rewrapped(rotated)
        await send(writer, b"end")
        await writer.finish(None)
    assert (await world.asset(asset_id)).content is not None
    assert await _rotated(world).download(asset_id) == some_bytes(PART) + b"end"


async def test_one_damaged_key_keeps_no_other_from_being_rewrapped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that don't open are told of once all others are wrapped anew."""
    monkeypatch.setattr(maintenance_handlers, "BATCH", 2)
    for kek in (b"a" * 32, b"b" * 32, b"z" * 32):
        damaged = World(world.stores, world.threads, AesKeyRing(kek))
        await damaged.stored(b"lost")
    await damaged.begun()
    fine = [await world.stored(b"fine") for _ in range(3)]
    rotated = _rotated(world, KEK)
    with pytest.raises(StoredFileCorrupt, match=r"^4 data keys"):
        await _all_rewrapped(rotated)
    for asset_id in fine:
        assert await _rotated(world).download(asset_id) == b"fine"


async def test_a_key_ring_without_the_key(world: World) -> None:
    """Without its key-encryption key a file is data loss that names the key, and not a fault."""
    asset_id = await world.stored(b"abc")
    with pytest.raises(StoredFileCorrupt) as caught:
        await _rotated(world).download(asset_id)
    assert caught.value.metadata == {"kek_id": kek_id(KEK)}


async def test_orphans(world: World) -> None:
    """Only what nobody knows of, begun before the time given, is removed."""
    known = await world.begun()
    ready = await world.stored(b"abc")
    await world.blobs.begin(BlobKey.new())
    world.clock.pass_by(timedelta(days=2))
    await world.blobs.begin(BlobKey.new())
    before = world.clock() - timedelta(days=1)
    assert await world.bus.handle(RemoveOrphans(before)) == 1
    assert await world.bus.handle(RemoveOrphans(before)) == 0
    assert await world.objects() == (1, 2)
    await world.upload(known, b"", offset=PART)
    assert await world.download(ready) == b"abc"


async def test_dropping_is_repeatable(world: World) -> None:
    """Dropping bytes that are not there, or no more, is OK."""
    asset_id = await world.begun()
    upload = await world.upload_of(asset_id)
    await world.bus.handle(CancelUpload(ANN, asset_id))
    for _ in range(2):
        dropped = UploadDropped(asset_id, upload.blob_key, upload.upload_handle)
        await world.events[UploadDropped]["drop_blob_of_upload"](dropped, uuid4())
    await world.events[AssetDeleted]["delete_blob_of_asset"](AssetDeleted(asset_id, BlobKey.new()), uuid4())
    await world.deliver()
    assert await world.objects() == (0, 0)


def test_a_wrapped_key_is_bound_to_its_asset() -> None:
    """A key of one asset opens for no other."""
    ring = AesKeyRing(KEK)
    wrapped: WrappedKey = ring.new_key(AssetId.new()).wrapped
    with pytest.raises(StoredFileCorrupt):
        ring.unwrap(wrapped, AssetId.new(), None)
