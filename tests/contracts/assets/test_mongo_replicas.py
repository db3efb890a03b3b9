"""Two replicas on one MongoDB: each with a client, a bus and handlers of its own, at the same moment."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest

from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing
from emo_grpc.assets.adapters.memory.blob_store import MemoryBlobStore
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.commands import (
    CheckpointUpload,
    CloseUpload,
    CompleteObject,
    CompleteUpload,
    CreateAsset,
    StartUpload,
)
from emo_grpc.assets.domain.errors import (
    AssetNotFound,
    MetadataQuotaExceeded,
    QuotaExceeded,
    TooManyPendingAssets,
    UploadCorrupt,
    UploadSuperseded,
)
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.tickets import OpenUpload
from emo_grpc.assets.domain.trash_commands import PurgeAsset
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.asset_handlers import AssetHandlers
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.trash_handlers import TrashHandlers
from emo_grpc.assets.service_layer.upload.handlers import UploadHandlers
from emo_grpc.assets.service_layer.upload.starts import UploadStarts
from emo_grpc.assets.service_layer.views import TagCount
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.shared.service_layer.message_bus import CommandHandlers, MessageBus

from .engines import MONGO_DATABASE, Engine, mongo_database, on_mongo
from .samples import ANN, BOB, NOW, a_ready_asset, an_asset, an_upload, persist

QUOTA = 100_000
PENDING = 7
LABELS = tuple(f"{number:050}" for number in range(30))


@dataclass(frozen=True)
class Replica:
    """One of the two."""

    engine: Engine
    bus: MessageBus

    async def start(self, asset_id: AssetId) -> OpenUpload:
        """Begin an upload, or take it over."""
        upload = await self.bus.handle(StartUpload(ANN, asset_id, 0))
        assert isinstance(upload, OpenUpload)
        return upload

    async def checkpoint(self, ticket: OpenUpload, token: str, size: int = 1) -> None:
        """A part of so many bytes is stored."""
        await self.bus.handle(CheckpointUpload(ticket.asset_id, ticket.fence, token, size, 0, is_last=False))


def replica_on(database: MongoDatabase, blobs: MemoryBlobStore) -> Replica:
    engine, quota = on_mongo(database), Quota(QUOTA, PENDING)
    assets = AssetHandlers(engine.unit, quota, lambda: NOW)
    uploads = UploadHandlers(engine.unit, blobs, AesKeyRing(b"k" * 32), quota, lambda: NOW, timedelta(days=7))
    starts = UploadStarts(engine.unit, engine.views, blobs, AesKeyRing(b"k" * 32), lambda: NOW, timedelta(days=7))
    handlers: CommandHandlers = {
        CreateAsset: assets.create_asset,
        PurgeAsset: TrashHandlers(engine.unit, lambda: NOW, timedelta(days=30)).purge_asset,
        StartUpload: starts.start_upload,
        CheckpointUpload: uploads.checkpoint_upload,
        CloseUpload: uploads.close_upload,
        CompleteObject: uploads.complete_object,
        CompleteUpload: uploads.complete_upload,
    }
    return Replica(engine, MessageBus(handlers))


@pytest.fixture
async def replicas(mongod_url: str) -> AsyncIterator[tuple[Replica, Replica]]:
    blobs = MemoryBlobStore(lambda: NOW)
    async with mongo_database(mongod_url) as database:
        other = MongoDatabase(mongod_url, MONGO_DATABASE)
        await other.open()
        try:
            yield replica_on(database, blobs), replica_on(other, blobs)
        finally:
            await other.close()


def created(size: int, request_id: RequestId | None = None, content_type: str = "image/png") -> CreateAsset:
    return CreateAsset(ANN, Description(title="x", tags=("a",)), File("x", content_type, size), request_id)


async def upload_of(engine: Engine, asset_id: AssetId) -> Upload | None:
    async with engine.unit() as unit:
        upload = await unit.uploads.find(asset_id)
    assert upload is None or isinstance(upload, Upload)
    return upload


async def test_a_later_start_shuts_out_the_earlier(replicas: tuple[Replica, Replica]) -> None:
    """Whoever wrote on another replica before is refused, and nothing of it counts."""
    first, second = replicas
    asset = an_asset(size=1 << 30)
    await first.engine.save(asset)
    early = await first.start(asset.asset_id)
    await first.checkpoint(early, "a", early.part_size)
    late = await second.start(asset.asset_id)
    with pytest.raises(UploadSuperseded):
        await first.checkpoint(early, "b", early.part_size)
    await second.checkpoint(late, "c", late.part_size)
    async with first.engine.unit() as unit:
        assert await unit.uploads.receipts(asset.asset_id) == ["a", "c"]


async def test_an_upload_that_was_tampered_with_starts_over(replicas: tuple[Replica, Replica]) -> None:
    """An upload whose records do not fit each other is dropped by the next start, and told as data loss, once."""
    first, second = replicas
    asset = an_asset(size=1 << 30)
    await first.engine.save(asset)
    ticket = await first.start(asset.asset_id)
    await first.checkpoint(ticket, "a", ticket.part_size - 1)
    with pytest.raises(UploadCorrupt):
        await second.start(asset.asset_id)
    assert await upload_of(first.engine, asset.asset_id) is None
    assert (await second.start(asset.asset_id)).persisted_size == 0


async def test_an_asset_that_another_replica_deleted(replicas: tuple[Replica, Replica]) -> None:
    """A stream whose asset was deleted on another replica learns that there is no such asset."""
    first, second = replicas
    asset_id = await first.bus.handle(created(9))
    ticket = await first.start(asset_id)
    await second.bus.handle(PurgeAsset(ANN, asset_id, force=True))
    for command in (
        CloseUpload(asset_id, ticket.fence),
        CompleteObject(asset_id, ticket.fence),
        CompleteUpload(asset_id, ticket.fence, ANN, ticket.data_key),
    ):
        with pytest.raises(AssetNotFound):
            await first.bus.handle(command)


async def test_starts_at_once_follow_each_other(replicas: tuple[Replica, Replica]) -> None:
    """Of two that start the same new upload, both get the same object, and one of them may write to it."""
    asset_id = await replicas[0].bus.handle(created(0))
    tickets = await asyncio.gather(*(replica.start(asset_id) for replica in replicas))
    fences = [ticket.fence for ticket in tickets]
    assert len({fence.blob_key for fence in fences}) == 1
    assert {fence.generation for fence in fences} == {1, 2}


async def test_starts_of_a_small_file_at_once(replicas: tuple[Replica, Replica]) -> None:
    """Of two that start the upload of a small file, each has an object of its own, and one of them may write."""
    asset_id = await replicas[0].bus.handle(created(9))
    tickets = await asyncio.gather(*(replica.start(asset_id) for replica in replicas))
    assert len({ticket.fence.blob_key for ticket in tickets}) == 2
    writes = (replica.checkpoint(ticket, "token", 9) for replica, ticket in zip(replicas, tickets, strict=True))
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {type(None), UploadSuperseded}


async def test_a_file_is_completed_once(replicas: tuple[Replica, Replica]) -> None:
    """Of two that complete the same upload, one does; the other learns that there is nothing to complete."""
    asset_id = await replicas[0].bus.handle(created(0))
    ticket = await replicas[0].start(asset_id)
    await replicas[1].bus.handle(CloseUpload(asset_id, ticket.fence))
    for replica in replicas:
        await replica.bus.handle(CompleteObject(asset_id, ticket.fence))
    complete = CompleteUpload(asset_id, ticket.fence, ANN, ticket.data_key)
    outcomes = await asyncio.gather(*(replica.bus.handle(complete) for replica in replicas), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {type(None), UploadSuperseded}
    assert (await replicas[1].engine.views.upload(asset_id, ANN)).complete


async def test_the_last_room_is_given_away_once(replicas: tuple[Replica, Replica]) -> None:
    """Two assets that only one fits into the quota, of different kinds, are not both made."""
    first, second = replicas
    async with first.engine.unit() as one, second.engine.unit() as other:
        assert (await one.assets.usage(ANN)).reserved_bytes == (await other.assets.usage(ANN)).reserved_bytes == 0
        await one.assets.add(an_asset(size=QUOTA))
        await one.commit()
        with pytest.raises(ConcurrentChange):
            await other.assets.add(an_asset(size=QUOTA, content_type="video/mp4"))
            await other.commit()
    assert (await second.engine.views.stats(ANN)).usage.reserved_bytes == QUOTA


async def test_the_second_to_ask_for_the_quota_stops_there(replicas: tuple[Replica, Replica]) -> None:
    """Two that ask what a user has left, to use it, meet before they do anything else."""
    first, second = replicas
    await first.engine.save(an_asset(size=1))
    async with first.engine.unit() as one, second.engine.unit() as other:
        assert (await one.assets.usage(ANN)).reserved_bytes == 1
        with pytest.raises(ConcurrentChange):
            await other.assets.usage(ANN)


async def test_who_changes_many_is_met_at_once(replicas: tuple[Replica, Replica]) -> None:
    """A unit that changes several assets goes first; who comes meanwhile does not spoil its work."""
    first, second = replicas
    assets = [an_asset(size=1) for _ in range(3)]
    await first.engine.save(*assets)
    async with first.engine.unit() as one, second.engine.unit() as other:
        for asset in assets[:2]:
            await one.assets.remove(asset)
        with pytest.raises(ConcurrentChange):
            await other.assets.usage(ANN)
        await one.assets.remove(assets[2])
        await one.commit()
    assert (await second.engine.views.stats(ANN)).usage.reserved_bytes == 0


@pytest.mark.parametrize("owned", [0, 1])
async def test_a_removal_meets_what_was_just_made(replicas: tuple[Replica, Replica], owned: int) -> None:
    """The removal of an owner stops when it has not seen an asset that was made meanwhile, also the first one."""
    first, second = replicas
    await first.engine.save(*(an_asset() for _ in range(owned)))
    async with first.engine.unit() as making, second.engine.unit() as removing:
        assert len(await removing.assets.owned_by(ANN, 9)) == owned
        assert (await making.assets.usage(ANN)).reserved_bytes == 0
        await making.assets.add(an_asset())
        await making.commit()
        with pytest.raises(ConcurrentChange):
            await removing.assets.remove_owner(ANN)


@pytest.mark.parametrize("is_forgotten", [False, True])
@pytest.mark.parametrize("owned", [0, 1])
async def test_an_asset_in_the_making_meets_the_removal(
    replicas: tuple[Replica, Replica], owned: int, *, is_forgotten: bool
) -> None:
    """An asset is not made when its owner was removed meanwhile, also when it would be the first one."""
    first, second = replicas
    await first.engine.save(*(an_asset() for _ in range(owned)))
    async with first.engine.unit() as making, second.engine.unit() as removing:
        assert len(await making.assets.owned_by(ANN, 9)) == owned
        await removing.assets.remove_owner(ANN)
        await removing.commit()
        if is_forgotten:
            async with second.engine.unit() as forgetting:
                await forgetting.assets.forget_owner(ANN)
                await forgetting.commit()
        with pytest.raises(ConcurrentChange):
            assert (await making.assets.usage(ANN)).reserved_bytes == 0
            await making.assets.add(an_asset())
            await making.commit()


async def test_creates_at_once_keep_within_the_quota(replicas: tuple[Replica, Replica]) -> None:
    """As many are made as fit, the others are refused for the quota and for nothing else."""
    asked = [
        replicas[at % 2].bus.handle(created(QUOTA // 3, content_type=("image/png", "video/mp4")[at % 2]))
        for at in range(6)
    ]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert Counter(map(type, outcomes)) == {AssetId: 3, QuotaExceeded: 3}
    assert (await replicas[0].engine.views.stats(ANN)).usage.reserved_bytes == QUOTA // 3 * 3


async def test_creates_at_once_keep_within_the_other_limits(replicas: tuple[Replica, Replica]) -> None:
    """As many wait for their files as may, and no more; so it is with what they are described with."""
    asked = [replicas[at % 2].bus.handle(created(0)) for at in range(PENDING + 3)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert Counter(map(type, outcomes)) == {AssetId: PENDING, TooManyPendingAssets: 3}
    large = replace(created(0), owner_id=BOB, description=Description(title="x", description="d" * 5000, tags=LABELS))
    outcomes = await asyncio.gather(*(replicas[at % 2].bus.handle(large) for at in range(5)), return_exceptions=True)
    fitting = QUOTA // an_asset(large.description).metadata_bytes
    assert Counter(map(type, outcomes)) == {AssetId: fitting, MetadataQuotaExceeded: 5 - fitting}


async def test_a_request_id_makes_one_asset(replicas: tuple[Replica, Replica]) -> None:
    """The same request on two replicas gives the same asset."""
    request = created(1, RequestId.new())
    first, second = await asyncio.gather(*(replica.bus.handle(request) for replica in replicas))
    assert first == second
    assert (await replicas[0].engine.views.stats(ANN)).usage.reserved_bytes == 1


async def test_checkpoints_of_different_uploads_do_not_meet(replicas: tuple[Replica, Replica]) -> None:
    """Within what was declared, uploads of one user go on side by side: none has to be tried again."""
    first, second = replicas
    uploads = []
    for _ in range(2):
        asset = an_asset(size=10)
        uploads.append(an_upload(asset))
        await first.engine.save(asset, uploads[-1])
    async with first.engine.unit() as one, second.engine.unit() as other:
        for unit, upload in zip((one, other), uploads, strict=True):
            persist(upload, "a", 10)
            await unit.uploads.save(upload)
        await one.commit()
        await other.commit()
    assert (await first.engine.views.stats(ANN)).usage.reserved_bytes == 20


async def test_no_upload_begins_for_an_asset_that_goes(replicas: tuple[Replica, Replica]) -> None:
    """Of a deletion and the begin of an upload, neither seeing the other, only one comes about."""
    first, second = replicas
    asset = an_asset()
    await first.engine.save(asset)
    async with first.engine.unit() as starting, second.engine.unit() as deleting:
        assert await starting.assets.find(asset.asset_id)
        assert await deleting.uploads.find(asset.asset_id) is None
        await deleting.assets.remove(asset)
        await deleting.commit()
        with pytest.raises(ConcurrentChange):
            await starting.uploads.add(an_upload(asset))
    assert await upload_of(second.engine, asset.asset_id) is None


async def test_an_upload_that_grows_follows_its_owners(replicas: tuple[Replica, Replica]) -> None:
    """Bytes beyond what was declared count for the owners of that moment, also when one joins at the same time."""
    first, second = replicas
    asset = an_asset(size=1)
    upload = an_upload(asset)
    await first.engine.save(asset, upload)
    joined = replace(asset, owner_ids=(ANN, BOB))
    persist(upload, "a", 7)
    async with first.engine.unit() as growing, second.engine.unit() as joining:
        assert await joining.uploads.find(asset.asset_id)
        await growing.uploads.save(upload)
        with pytest.raises(ConcurrentChange):
            await joining.assets.save(joined)
        await growing.commit()
    await second.engine.save(joined)
    assert [(await first.engine.views.stats(owner)).usage.reserved_bytes for owner in (ANN, BOB)] == [7, 7]


async def busy(replica: Replica, retries: ConflictRetries, random: Random) -> None:
    """Make, change and remove some assets."""
    made: list[AssetId] = []

    async def add() -> None:
        make = random.choice((an_asset, a_ready_asset))
        asset = make(Description(title="x", tags=tuple(random.sample("abcd", 2))), size=random.randrange(9))
        await replica.engine.save(asset)
        made.append(asset.asset_id)

    async def change() -> None:
        async with replica.engine.unit() as unit:
            asset = await unit.assets.get(random.choice(made))
            assert asset is not None
            tags = tuple(random.sample("abcd", 2))
            file = replace(asset.file, content_type=random.choice(("audio/ogg", "image/png")))
            asset.describe(replace(asset.description, tags=tags), file, now=NOW)
            await unit.assets.save(asset)
            await unit.commit()

    async def remove() -> None:
        async with replica.engine.unit() as unit:
            asset = await unit.assets.get(made[-1])
            assert asset is not None
            await unit.assets.remove(asset)
            await unit.commit()
        made.pop()

    async def done(work: Callable[[], Awaitable[None]]) -> None:
        # On a machine that is busy with other things too, ten tries are not always enough: clients come again.
        for _ in range(20):
            with suppress(ConcurrentChange):
                return await retries.run(work)
        pytest.fail("others were always faster")

    for _ in range(8):
        await done(add)
        await done(change)
        if random.random() < 0.4:
            await done(remove)


async def all_of_ann(engine: Engine) -> list[Asset]:
    async with engine.unit() as unit:
        return [asset for asset in await unit.assets.owned_by(ANN, 1000) if isinstance(asset, Asset)]


async def test_counters_are_right_after_much_at_once(replicas: tuple[Replica, Replica]) -> None:
    """Whatever got in whose way, the counters say what counting anew says."""
    retries = ConflictRetries(), ConflictRetries()
    async with asyncio.TaskGroup() as group:
        for at in range(4):
            group.create_task(busy(replicas[at % 2], retries[at % 2], Random(at)))
    assets = await all_of_ann(replicas[0].engine)
    stats = await replicas[0].engine.views.stats(ANN)
    kinds = Counter(asset.file.kind for asset in assets)
    sizes = Counter[object]()
    for asset in assets:
        sizes[asset.file.kind] += asset.file.size_bytes * (asset.state is AssetState.READY)
    assert {counted.kind: (counted.count, counted.size_bytes) for counted in stats.kinds} == {
        kind: (count, sizes[kind]) for kind, count in kinds.items()
    }
    assert stats.usage.reserved_bytes == sum(asset.file.size_bytes for asset in assets)
    tags = Counter(tag for asset in assets for tag in asset.description.tags)
    cloud = await replicas[1].engine.views.tag_cloud(ANN, 9)
    assert cloud == [TagCount(tag, count) for tag, count in sorted(tags.items(), key=lambda pair: (-pair[1], pair[0]))]
