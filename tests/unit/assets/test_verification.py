"""What a verification finds, over memory and over the embedded engines."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.adapters.memory.parts import MemoryBlobReader
from emo_grpc.assets.domain import commands
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.content import Manifest, StoredContent
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.domain.trash_commands import PurgeAsset
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.integrity import verification as verifications
from emo_grpc.assets.service_layer.integrity.file_check import Damage, Problem
from emo_grpc.assets.service_layer.integrity.orphans import prefix_at
from emo_grpc.assets.service_layer.ports import BlobStore, PartReceipt
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.shared.service_layer import batches
from hand_clock import HandClock
from imposters import IMPOSTERS, Imposter
from sinks import write

from .world import ANN, MIB, NEW_KEK, PART, World, some_bytes

Change = Callable[[bytes], bytes]

SIZE = 2 * PART + 3
"""Of a file of three parts."""


def flipped(at: int) -> Change:
    """One bit of one byte is another."""
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


async def content_of(world: World, asset_id: AssetId) -> StoredContent:
    content = (await world.asset(asset_id)).content
    assert content is not None
    return content


async def change_part(world: World, asset_id: AssetId, part: int, change: Change | None) -> None:
    """Change the stored bytes of a part; None: lose it."""
    key = (await content_of(world, asset_id)).blob_key
    if isinstance(world.blobs, MemoryBlobStore):
        parts = world.blobs.objects[key]
        data = parts.pop(part)
        if change is not None:
            parts[part] = change(data)
        return
    assert world.stores.folder is not None
    file = world.stores.folder / "blobs" / str(key)[:2] / str(key) / str(part)
    data = file.read_bytes()
    file.unlink()
    if change is not None:
        file.write_bytes(change(data))


async def save(world: World, changed: Asset | Upload) -> None:
    async with world.stores.unit() as unit:
        if isinstance(changed, Asset):
            await unit.assets.save(changed)
        else:
            await unit.uploads.save(changed)
        await unit.commit()


async def found(world: World, *, quick: bool = False) -> dict[AssetId, tuple[Damage, ...]]:
    """All broken files and uploads."""
    check = world.verification.file_check
    files = [broken async for broken in world.verification.files(check.check_sizes if quick else check.check_bytes)]
    uploads = [broken async for broken in world.verification.uploads()]
    return {broken.asset_id: broken.damages for broken in (*files, *uploads) if broken is not None}


async def test_nothing_is_wrong(world: World) -> None:
    """Files of any size, assets without one and uploads under way are all well; all bytes are told of, once."""
    sizes = (0, 1, MIB, PART, SIZE)
    ready = [await world.asset(await world.stored(some_bytes(size))) for size in sizes]
    await world.create()
    await world.begun()
    assert await found(world) == await found(world, quick=True) == {}
    read: list[int] = []
    for asset in ready:
        assert await world.verification.file_check.check_bytes(asset, read.append) == []
    assert sum(read) == sum(sizes)


@pytest.mark.parametrize("at", [0, 1, 39, 40, 200, MIB - 1, MIB, 3 * MIB + 5, -1])
async def test_a_flipped_bit(world: World, at: int) -> None:
    """Any bit of a part, in its header, bytes or tags, is noticed; the other parts are read all the same."""
    asset_id, other = await world.stored(some_bytes(SIZE)), await world.stored(some_bytes(MIB))
    await change_part(world, asset_id, 2, lambda data: flipped(at % len(data))(data))
    assert await found(world) == {asset_id: (Damage(2, Problem.DAMAGED),)}
    assert await found(world, quick=True) == {}
    await change_part(world, other, 1, flipped(77))
    await change_part(world, asset_id, 3, flipped(41))
    assert await found(world) == {
        asset_id: (Damage(2, Problem.DAMAGED), Damage(3, Problem.DAMAGED)),
        other: (Damage(1, Problem.DAMAGED),),
    }


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("imposter", IMPOSTERS)
async def test_a_part_that_is_no_file(embedded: World, imposter: Imposter, quick: bool) -> None:
    """A pipe, a socket, a folder, a link or a device where a part was is damage, and nobody waits for it."""
    asset_id = await embedded.stored(some_bytes(SIZE))
    key = (await content_of(embedded, asset_id)).blob_key
    assert embedded.stores.folder is not None
    imposter(embedded.stores.folder / "blobs" / str(key)[:2] / str(key) / "2")
    assert await asyncio.wait_for(found(embedded, quick=quick), 10) == {asset_id: (Damage(2, Problem.DAMAGED),)}


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (None, Problem.MISSING),
        (lambda data: data[:-1], Problem.DAMAGED),
        (lambda data: data + b"\0", Problem.DAMAGED),
        (lambda _: b"", Problem.DAMAGED),
    ],
    ids=["lost", "dropped", "appended", "emptied"],
)
async def test_a_part_of_another_size(world: World, change: Change | None, problem: Problem, quick: bool) -> None:
    """Parts that are gone, or won or lost bytes, are told of each, even if no byte is read."""
    asset_id = await world.stored(some_bytes(SIZE))
    for part in (1, 3):
        await change_part(world, asset_id, part, change)
    assert await found(world, quick=quick) == {asset_id: (Damage(1, problem), Damage(3, problem))}


async def test_swapped_parts(world: World) -> None:
    """Parts of the same size that changed places, within a file or between two, are damaged."""
    first, second = await world.stored(some_bytes(2 * PART)), await world.stored(some_bytes(PART))
    key = (await content_of(world, first)).blob_key, (await content_of(world, second)).blob_key
    layout = {part: await _stored(world, key[0], 2, part) for part in (1, 2)}
    await change_part(world, first, 1, lambda _: layout[2])
    await change_part(world, second, 1, lambda _: layout[1])
    assert await found(world) == {first: (Damage(1, Problem.DAMAGED),), second: (Damage(1, Problem.DAMAGED),)}


async def _stored(world: World, key: BlobKey, parts: int, part: int) -> bytes:
    layout = FileLayout(parts * PART, PART)
    reader = world.blobs.open(key, layout)
    size = layout.stored_part_size(part)
    pieces = [bytes(reader.read(part, at, min(MIB, size - at))) for at in range(0, size, MIB)]
    reader.close()
    return b"".join(pieces)


@pytest.mark.parametrize("quick", [False, True])
async def test_a_lost_object(world: World, quick: bool) -> None:
    """A file that is not in the store at all is missing as a whole."""
    asset_id = await world.stored(b"abc")
    await world.blobs.delete((await content_of(world, asset_id)).blob_key)
    assert await found(world, quick=quick) == {asset_id: (Damage(0, Problem.MISSING),)}


def _other_manifest(asset: Asset) -> None:
    assert asset.content is not None
    manifest = asset.content.manifest
    asset.content = replace(asset.content, manifest=Manifest(manifest.size, manifest.part_size, manifest.crc32c ^ 1))


def _other_size(asset: Asset) -> None:
    asset.file = replace(asset.file, size_bytes=asset.file.size_bytes + 1)


def _no_content(asset: Asset) -> None:
    asset.content = None


def _other_key(asset: Asset) -> None:
    assert asset.content is not None
    wrapped = asset.content.wrapped_key
    changed = replace(wrapped, ciphertext=flipped(20)(wrapped.ciphertext))
    asset.content = replace(asset.content, wrapped_key=changed)


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("change", [_other_manifest, _other_size, _no_content, _other_key])
async def test_changed_metadata(world: World, change: Callable[[Asset], None], quick: bool) -> None:
    """What is known of a file can't be changed in the database without being noticed."""
    asset_id = await world.stored(b"abc")
    asset = await world.asset(asset_id)
    change(asset)
    await save(world, asset)
    assert await found(world, quick=quick) == {asset_id: (Damage(0, Problem.METADATA_CHANGED),)}


async def test_unknown_keys(world: World) -> None:
    """Files and uploads under a key-encryption key that is not configured are told apart from damaged ones."""
    ids = {await world.stored(b"abc"), await world.begun()}
    elsewhere = World(world.stores, world.threads, AesKeyRing(NEW_KEK))
    assert await found(elsewhere) == dict.fromkeys(ids, (Damage(0, Problem.KEY_UNKNOWN),))


async def test_a_file_that_is_not_what_its_checksum_says(world: World) -> None:
    """Parts that are all proven still have to make the whole that the manifest names."""
    asset_id = await world.stored(some_bytes(MIB))
    asset = await world.asset(asset_id)
    content = await content_of(world, asset_id)
    key = world.keys.unwrap(content.wrapped_key, asset_id, content.manifest)
    wrong = replace(content.manifest, crc32c=content.manifest.crc32c ^ 1)
    asset.content = replace(content, manifest=wrong, wrapped_key=world.keys.wrap(key, asset_id, wrong))
    asset.file = replace(asset.file, crc32c=wrong.crc32c)
    await save(world, asset)
    assert await found(world) == {asset_id: (Damage(0, Problem.DAMAGED),)}


async def test_an_upload_that_the_store_lost(world: World) -> None:
    """It can't go on; one whose key was changed can't either."""
    lost, changed = await world.begun(), await world.begun()
    upload = await world.upload_of(lost)
    await world.blobs.abort(upload.blob_key, upload.upload_handle)
    upload = await world.upload_of(changed)
    upload.wrapped_key = replace(upload.wrapped_key, ciphertext=flipped(20)(upload.wrapped_key.ciphertext))
    await save(world, upload)
    assert await found(world) == {
        lost: (Damage(0, Problem.MISSING),),
        changed: (Damage(0, Problem.METADATA_CHANGED),),
    }


async def test_a_small_upload_that_the_store_lost(world: World) -> None:
    """It is well if nothing of it is persisted, for the next stream begins another; what is persisted is missed."""
    fresh = await world.start(await world.create(MIB))
    await world.blobs.abort(fresh.fence.blob_key, fresh.upload_handle)
    whole = await world.upload_of(await world.begun(some_bytes(MIB), MIB))
    await world.blobs.abort(whole.blob_key, whole.upload_handle)
    assert await found(world) == {whole.asset_id: (Damage(0, Problem.MISSING),)}


async def test_an_upload_that_was_completed_in_the_store_alone(world: World) -> None:
    """A crash just before the transaction is no loss; the object being gone afterwards is."""
    asset_id = await world.begun()
    upload = await world.upload_of(asset_id)
    upload.is_closed = True
    await save(world, upload)
    async with world.stores.unit() as unit:
        tokens = await unit.uploads.receipts(asset_id)
    await world.blobs.complete(upload.blob_key, upload.upload_handle, [PartReceipt(1, tokens[0])])
    assert await found(world) == {}
    await world.blobs.delete(upload.blob_key)
    assert await found(world) == {asset_id: (Damage(0, Problem.MISSING),)}


async def test_what_changes_meanwhile_is_looked_at_again(world: World) -> None:
    """An asset that is deleted, or changed, while its file is read is judged by what it is in the end."""
    deleted, renamed = await world.stored(b"abc"), await world.stored(b"def")
    check = world.verification.file_check
    looks: list[AssetId] = []

    async def look(asset: Asset) -> list[Damage]:
        looks.append(asset.asset_id)
        if asset.asset_id == deleted:
            await world.bus.handle(PurgeAsset(ANN, deleted, force=True))
            await world.deliver()
        elif looks.count(renamed) == 1:
            current = await world.asset(renamed)
            current.describe(Description(title="Other"), current.file, now=world.clock())
            await save(world, current)
            return [Damage(0, Problem.DAMAGED)]
        return await check.check_bytes(asset)

    assert [broken async for broken in world.verification.files(look)] == [None, None]
    assert sorted(looks) == sorted([deleted, renamed, renamed])


async def test_beside_a_server(world: World) -> None:
    """Files that come, uploads that begin and end, and assets that go while it looks, are not taken for broken."""
    read, search = world.verification.file_check.check_bytes, world.verification.orphans

    async def live() -> None:
        for _ in range(3):
            asset_id = await world.stored(b"abc")
            await world.begun()
            await world.bus.handle(commands.CancelUpload(ANN, await world.begun()))
            await world.bus.handle(PurgeAsset(ANN, await world.stored(b"def"), force=True))
            await world.deliver()
            world.clock.pass_by(timedelta(seconds=1))
            assert await world.verification.one(asset_id, read) == []

    living = asyncio.create_task(live())
    rounds = 0
    while not living.done():
        assert await found(world) == {}
        assert [blob async for blob in search.unfinished(world.clock() - timedelta(days=1))] == []
        rounds += 1
        await asyncio.sleep(0)  # over memory, nothing else lets others have a turn
    await living
    assert rounds > 1


async def test_one_asset(world: World) -> None:
    """The file of one alone, or its upload, or that there is no such asset."""
    fine, broken, paused = await world.stored(b"abc"), await world.stored(b"abc"), await world.begun()
    await change_part(world, broken, 1, None)
    upload = await world.upload_of(paused)
    await world.blobs.abort(upload.blob_key, upload.upload_handle)
    one, read = world.verification.one, world.verification.file_check.check_bytes
    assert await one(fine, read) == []
    assert [(found.is_upload, found.damages) for found in await one(broken, read)] == [
        (False, (Damage(1, Problem.MISSING),))
    ]
    assert [(found.is_upload, found.owner_ids) for found in await one(paused, read)] == [(True, (ANN,))]
    with pytest.raises(AssetNotFound):
        await one(AssetId.new(), read)


async def test_a_store_that_goes_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few files that can't be read are told of and passed over; when no file can be read any more, it ends."""
    monkeypatch.setattr(verifications, "MAX_UNREADABLE", 3)
    ids = sorted([await world.stored(b"abc") for _ in range(4)])
    unreadable = {ids[1], ids[2]}

    async def look(asset: Asset) -> list[Damage]:
        return [Damage(1, Problem.UNREADABLE)] if asset.asset_id in unreadable else []

    broken = [found async for found in world.verification.files(look)]
    assert [found is not None for found in broken] == [False, True, True, False]
    unreadable.update(ids)
    with pytest.raises(Unavailable):
        assert [found async for found in world.verification.files(look)] == []


async def test_errors_of_the_store_are_not_damages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that gives errors for some bytes is told apart from bytes that are wrong."""
    asset_id = await world.stored(b"abc")

    def failing(*_: object) -> None:
        raise Unavailable("the file store does not answer (Input/output error)")

    monkeypatch.setattr(type(world.blobs.open((await content_of(world, asset_id)).blob_key, _tiny())), "read", failing)
    assert await found(world) == {asset_id: (Damage(1, Problem.UNREADABLE),)}
    monkeypatch.setattr(world.blobs, "open", failing)
    assert await found(world) == {asset_id: (Damage(0, Problem.UNREADABLE),)}


def _tiny() -> FileLayout:
    return FileLayout(3, PART)


async def orphans(world: World, before: timedelta) -> tuple[set[BlobKey], set[BlobKey]]:
    """Keys of orphaned uploads begun so long ago, and of orphaned objects."""
    search = world.verification.orphans
    unfinished = {blob.key async for blob in search.unfinished(world.clock() - before)}
    return unfinished, {blob.key async for blob in search.complete()}


async def test_orphans(world: World) -> None:
    """Only what no asset and no upload refers to is one, and an upload only after a while."""
    await world.stored(b"abc")
    await world.begun()
    assert await orphans(world, timedelta(0)) == (set(), set())
    key, other = BlobKey.new(), BlobKey.new()
    await _complete(world.blobs, key)
    await world.blobs.begin(other)
    assert await orphans(world, timedelta(days=1)) == (set(), {key})
    world.clock.pass_by(timedelta(days=2))
    assert await orphans(world, timedelta(days=1)) == ({other}, {key})


async def _complete(blobs: BlobStore, key: BlobKey) -> None:
    handle = await blobs.begin(key)
    sink = blobs.open_part(key, handle, 1, 1)
    write(sink, b"orphan")
    await blobs.complete(key, handle, [PartReceipt(1, sink.commit())])


async def test_the_sweeper_counts_orphans_and_keeps_them(world: World) -> None:
    """It sees those of one prefix that are old enough, and removes none: another database may know them."""
    await world.stored(b"abc")
    key = BlobKey.new()
    await _complete(world.blobs, key)
    prefix, other = str(key)[:2], "00" if not str(key).startswith("00") else "01"
    later, earlier = world.clock() + timedelta(seconds=1), world.clock() - timedelta(days=9999)
    assert await world.bus.handle(commands.CountOrphans(later, prefix)) == 1
    assert await world.bus.handle(commands.CountOrphans(earlier, prefix)) == 0
    assert await world.bus.handle(commands.CountOrphans(later, other)) == 0
    world.clock.pass_by(timedelta(days=99))
    assert await world.bus.handle(commands.RemoveOrphans(world.clock())) == 0
    assert await world.objects() == (2, 0)


async def test_many_orphans(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked up some at a time, and none is left out."""
    monkeypatch.setattr(batches, "BATCH", 2)
    known = {(await content_of(world, await world.stored(b"abc"))).blob_key for _ in range(3)}
    keys = [BlobKey.new() for _ in range(5)]
    for key in keys:
        await _complete(world.blobs, key)
    assert await orphans(world, timedelta(0)) == (set(), set(keys))
    assert {blob.key async for blob in world.blobs.list_complete()} == known | set(keys)


def test_each_prefix_has_its_turn() -> None:
    """All 256, one after another, each for ten minutes."""
    clock, seen = HandClock(), []
    for _ in range(256):
        seen.append(prefix_at(clock()))
        clock.pass_by(timedelta(minutes=10))
    assert sorted(seen) == [f"{number:02x}" for number in range(256)]
    assert prefix_at(clock()) == seen[0]


@pytest.mark.parametrize("quick", [True, False])
async def test_no_object_is_closed_under_a_thread(
    memory: World, monkeypatch: pytest.MonkeyPatch, *, quick: bool
) -> None:
    """However often a check is cancelled, its object stays open until threads have read, and is closed then."""
    asset = await memory.asset(await memory.stored(some_bytes(3 * MIB)))
    reached, may_go_on, read = threading.Event(), threading.Event(), MemoryBlobReader.read
    steps: list[str] = []

    def read_late(reader: MemoryBlobReader, part: int, offset: int, length: int) -> memoryview:
        reached.set()
        assert may_go_on.wait(10)
        steps.append("read")
        return read(reader, part, offset, length)

    monkeypatch.setattr(MemoryBlobReader, "read", read_late)
    monkeypatch.setattr(MemoryBlobReader, "close", lambda _: steps.append("closed"))
    threads = ThreadPoolExecutor(4)  # one more than a check reads on
    check = replace(memory.verification.file_check, threads=threads)
    checking = asyncio.create_task(check.check_sizes(asset) if quick else check.check_bytes(asset))
    assert await asyncio.to_thread(reached.wait, 10)
    try:
        for _ in range(3):
            checking.cancel()
            await asyncio.wait([checking], timeout=0.01)
    finally:
        may_go_on.set()
    await asyncio.wait([checking])
    threads.shutdown()
    assert checking.cancelled()
    assert (steps.count("closed"), steps[-1]) == (1, "closed")
