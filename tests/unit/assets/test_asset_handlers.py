"""Making, changing and removing assets, over the bus and the engines."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.commands import AssetChange, CreateAsset, DeleteAsset, UpdateAsset
from emo_grpc.assets.domain.errors import (
    AssetNotFound,
    MetadataQuotaExceeded,
    OwnerRemoved,
    QuotaExceeded,
    TooManyPendingAssets,
)
from emo_grpc.assets.domain.event_date import DatePrecision
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.trash_commands import PurgeAsset
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.asset_handlers import REMOVAL_BATCH, REMOVAL_TIME, AssetHandlers
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.assets.service_layer.views import AssetQuery
from emo_grpc.shared.domain.errors import EtagMismatch, InvalidArgument, RequestIdReused
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import RequestId, UserId

from .world import ANN, BOB, MIB, PART, PENDING, QUOTA, World, send, some_bytes

DATE = datetime(2020, 5, 6, 7, 8, 9, tzinfo=UTC)
LAKE = Description(
    title="The lake", description="Cold.", tags=("water",), people=("Ann",), location="Home", event_date=DATE
)
FILE = File(name="lake.jpg", content_type="image/jpeg", size_bytes=5)
CREATE = CreateAsset(ANN, LAKE, FILE)


async def _count(world: World) -> int:
    return len((await world.views.page(AssetQuery(owner_id=ANN, limit=1000))).items)


async def test_creates(world: World) -> None:
    """A new asset is as it was said, pending, and its owner's."""
    asset = await world.asset(await world.bus.handle(CREATE))
    assert (asset.description, asset.file, asset.state, asset.owner_ids) == (LAKE, FILE, AssetState.PENDING, (ANN,))
    assert asset.create_time == asset.update_time == world.clock()


async def test_creates_once_for_each_request_id(world: World) -> None:
    """The same request_id gives its user the first result, also at the same moment and with the quota full."""
    command = replace(CREATE, file=replace(FILE, size_bytes=QUOTA), request_id=RequestId(uuid4()))
    made = await asyncio.gather(*(world.bus.handle(command) for _ in range(5)))
    assert len(set(made)) == await _count(world) == 1
    assert await world.bus.handle(replace(command, owner_id=BOB)) not in made
    with pytest.raises(QuotaExceeded):
        await world.bus.handle(replace(command, request_id=RequestId(uuid4())))


@pytest.mark.parametrize(
    "other", [{"description": replace(LAKE, bookmarked=True)}, {"file": replace(FILE, size_bytes=6)}]
)
async def test_a_request_id_is_for_one_request(world: World, other: dict[str, Description | File]) -> None:
    """A request_id that was used for something else is refused, and a refused request does not use it up."""
    command = replace(CREATE, request_id=RequestId(uuid4()))
    with pytest.raises(QuotaExceeded):
        await world.bus.handle(replace(command, file=replace(FILE, size_bytes=QUOTA + 1)))
    await world.bus.handle(command)
    with pytest.raises(RequestIdReused):
        await world.bus.handle(replace(command, **other))  # type: ignore[arg-type] # a table of fields
    assert await _count(world) == 1


async def test_quota_at_creation(world: World) -> None:
    """What is declared counts at once, to the last byte, for its owner alone; destroying gives it back."""
    big = await world.create(QUOTA - 1)
    with pytest.raises(QuotaExceeded) as caught:
        await world.create(2)
    assert caught.value.quota_subject == f"user:{ANN}"
    assert caught.value.metadata == {"used_bytes": str(QUOTA - 1), "quota_bytes": str(QUOTA)}
    await world.create(1)
    await world.create(0)
    await world.create(QUOTA, owner_id=BOB)
    await world.bus.handle(PurgeAsset(ANN, big, force=True))
    await world.create(QUOTA - 1)


async def test_quota_of_files_of_unknown_size(world: World) -> None:
    """What came in counts once it is persisted."""
    await world.begun()
    await world.create(QUOTA - PART)
    with pytest.raises(QuotaExceeded):
        await world.create(1)


LARGEST = Description(
    title="t" * 200,
    description="d" * 5000,
    tags=tuple(f"{number:050}" for number in range(50)),
    people=tuple(f"{number:0100}" for number in range(50)),
    location="l" * 200,
)
LARGEST_FILE = File(name="f" * 26)
LARGEST_BYTES = 120_610
"""Of an asset so described, with that file."""


async def test_descriptions_are_bounded(world: World) -> None:
    """Who only describes is stopped when that takes as many bytes as files may; whatever makes less of it is let."""
    limit = 19 * LARGEST_BYTES + 10_000
    handlers = AssetHandlers(world.stores.unit, Quota(limit), world.clock)
    command = replace(CREATE, description=LARGEST, file=LARGEST_FILE)
    made = [await handlers.create_asset(command) for _ in range(19)]
    used = (await world.views.stats(ANN)).usage
    assert used == Usage(0, 19 * LARGEST_BYTES, 19)
    with pytest.raises(MetadataQuotaExceeded) as caught:
        await handlers.create_asset(command)
    assert caught.value.quota_subject == f"user:{ANN}"
    assert caught.value.metadata == {"metadata_bytes": str(used.metadata_bytes), "metadata_quota_bytes": str(limit)}
    await handlers.create_asset(replace(command, owner_id=BOB))
    small = await handlers.create_asset(CREATE)
    grown = UpdateAsset(ANN, small, AssetChange(tags=LARGEST.tags, people=LARGEST.people))
    with pytest.raises(MetadataQuotaExceeded):
        await handlers.update_asset(grown)
    strict = AssetHandlers(world.stores.unit, Quota(1000), world.clock)
    await strict.update_asset(UpdateAsset(ANN, made[0], AssetChange(tags=(), people=(), bookmarked=True)))
    await strict.update_asset(UpdateAsset(ANN, made[1], AssetChange(title="T" * 200)))
    await handlers.update_asset(grown)


async def test_pending_assets_are_bounded(world: World) -> None:
    """One who never sends files can make some thousands of assets at most, also at the same moment."""
    await asyncio.gather(*(world.create(1) for _ in range(PENDING - 2)))
    made = await asyncio.gather(*(world.create(1) for _ in range(10)), return_exceptions=True)
    refused = [error for error in made if isinstance(error, TooManyPendingAssets)]
    assert len(refused) == 8
    assert refused[0].quota_subject == f"user:{ANN}"
    assert refused[0].metadata == {"pending_count": str(PENDING), "pending_limit": str(PENDING)}
    (waiting, _) = (asset_id for asset_id in made if isinstance(asset_id, AssetId))
    await world.upload(waiting, b"x")
    await world.create(1)
    await world.create(1, owner_id=BOB)
    with pytest.raises(TooManyPendingAssets):
        await world.create(1)


@pytest.mark.parametrize(
    ("change", "description", "file"),
    [
        (AssetChange(), {}, {}),
        (AssetChange(title="Sea"), {"title": "Sea"}, {}),
        (AssetChange(description=""), {"description": ""}, {}),
        (AssetChange(tags=(), people=("Bob", "Cid")), {"tags": (), "people": ("Bob", "Cid")}, {}),
        (AssetChange(location="", bookmarked=True, extra_private=True),
         {"location": "", "bookmarked": True, "extra_private": True}, {}),
        (AssetChange(event_date=DATE + timedelta(1)), {"event_date": DATE + timedelta(1)}, {}),
        (AssetChange(clear_event_date=True), {"event_date": None}, {}),
        (AssetChange(file_name="sea.png", content_type="image/png"),
         {}, {"name": "sea.png", "content_type": "image/png"}),
    ],
)  # fmt: skip
async def test_updates(world: World, change: AssetChange, description: dict[str, str], file: dict[str, str]) -> None:
    """An update changes what it names and nothing else, and says when."""
    asset_id = await world.bus.handle(CREATE)
    before = await world.asset(asset_id)
    world.clock.pass_by(timedelta(1))
    await world.bus.handle(UpdateAsset(ANN, asset_id, change, before.etag))
    after = await world.asset(asset_id)
    assert after.description == replace(LAKE, **description)  # type: ignore[arg-type] # a table of fields
    assert after.file == replace(FILE, **file)  # type: ignore[arg-type] # a table of fields
    assert (after.create_time, after.update_time) == (before.create_time, world.clock())
    assert after.etag != before.etag


async def test_a_new_date_is_a_moment_unless_it_says_more(world: World) -> None:
    """What is known of a date is that of the date that it came with; a new zone reads the same moment by another."""
    asset_id = await world.bus.handle(CREATE)

    async def after(change: AssetChange) -> tuple[datetime | None, DatePrecision, str]:
        await world.bus.handle(UpdateAsset(ANN, asset_id, change))
        said = (await world.asset(asset_id)).description
        return said.event_date, said.event_precision, said.event_zone

    noon = datetime(1994, 5, 6, 12, tzinfo=UTC)
    day = AssetChange(event_date=noon, event_precision=DatePrecision.DAY, event_zone="+14:00")
    began = datetime(1994, 5, 6, 10, tzinfo=UTC)
    assert await after(day) == (began, DatePrecision.DAY, "+14:00")
    assert await after(AssetChange(title="Sea")) == (began, DatePrecision.DAY, "+14:00")
    year = await after(AssetChange(event_precision=DatePrecision.YEAR))
    assert year == (datetime(1993, 12, 31, 10, tzinfo=UTC), DatePrecision.YEAR, "+14:00")
    assert await after(AssetChange(event_date=noon)) == (noon, DatePrecision.SECOND, "")
    assert await after(day) == (began, DatePrecision.DAY, "+14:00")
    assert await after(AssetChange(clear_event_date=True)) == (None, DatePrecision.SECOND, "")


async def test_an_update_names_all_that_is_wrong(world: World) -> None:
    """Wrong values of the asset and of its file are named together, and nothing is changed."""
    asset_id = await world.bus.handle(CREATE)
    change = AssetChange(title=" ", location="\x07", file_name="", content_type="x")
    with pytest.raises(InvalidArgument) as caught:
        await world.bus.handle(UpdateAsset(ANN, asset_id, change))
    fields = [violation.field for violation in caught.value.violations]
    assert fields == ["asset.title", "asset.location", "asset.file.name", "asset.file.content_type"]
    assert (await world.asset(asset_id)).description == LAKE


async def test_an_old_etag(world: World) -> None:
    """Who read an older version neither changes nor deletes it; the first of two writers wins."""
    asset_id = await world.bus.handle(CREATE)
    etag = (await world.asset(asset_id)).etag
    commands = [UpdateAsset(ANN, asset_id, AssetChange(title=title), etag) for title in ("one", "two")]
    results = await asyncio.gather(*map(world.bus.handle, commands), return_exceptions=True)
    assert sorted(map(type, results), key=str) == sorted([type(None), EtagMismatch], key=str)
    with pytest.raises(EtagMismatch):
        await world.bus.handle(DeleteAsset(ANN, asset_id, etag))
    await world.bus.handle(DeleteAsset(ANN, asset_id, (await world.asset(asset_id)).etag))


async def test_an_update_during_an_upload(world: World) -> None:
    """An asset may be described while its file comes in; both are kept."""
    asset_id = await world.create(3)
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        await writer.write(ReceivedChunk.of(b"abc", None))
        await world.bus.handle(UpdateAsset(ANN, asset_id, AssetChange(title="Sea", file_name="sea.jpg")))
        await writer.finish(None)
    asset = await world.asset(asset_id)
    assert (asset.description.title, asset.file.name, asset.file.size_bytes) == ("Sea", "sea.jpg", 3)
    assert await world.download(asset_id) == b"abc"


async def test_nobody_else_may(world: World) -> None:
    """Somebody else's asset is not found, whatever the etag."""
    asset_id = await world.bus.handle(CREATE)
    for command in (UpdateAsset(BOB, asset_id, AssetChange(title=""), "v0"), DeleteAsset(BOB, asset_id, "v0")):
        with pytest.raises(AssetNotFound):
            await world.bus.handle(command)
    with pytest.raises(AssetNotFound):
        await world.bus.handle(DeleteAsset(ANN, AssetId.new()))


async def test_destroys(world: World) -> None:
    """A destroyed asset is gone with its key at once, and its bytes after the relay; twice is not found."""
    asset_id = await world.stored(some_bytes(MIB))
    await world.bus.handle(PurgeAsset(ANN, asset_id, force=True))
    assert await world.objects() == (1, 0)
    await world.deliver()
    assert await world.objects() == (0, 0)
    with pytest.raises(AssetNotFound):
        await world.bus.handle(PurgeAsset(ANN, asset_id, force=True))


async def test_removes_what_a_removed_user_owned(world: World) -> None:
    """More assets than one batch go, with complete files and begun ones; what others own stays; again is OK."""
    for _ in range(REMOVAL_BATCH + 3):
        await world.create()
    await world.stored(b"abc")
    await world.begun()
    theirs = await world.create(owner_id=BOB)
    shared = await _shared(world)
    for _ in range(2):
        await _remove_ann(world)
        await world.deliver()
    assert await _count(world) == 0
    assert (await world.asset(theirs)).owner_ids == (await world.asset(shared)).owner_ids == (BOB,)
    assert await world.objects() == (0, 0)


@pytest.mark.parametrize("owned", [REMOVAL_BATCH - 1, REMOVAL_BATCH, REMOVAL_BATCH + 1, 2 * REMOVAL_BATCH + 5])
async def test_removes_a_batch_at_a_time(world: World, owned: int) -> None:
    """One delivery ends after a batch, and the event comes again, with the last of it, until all are gone."""
    for _ in range(owned - 1):
        await world.create()
    await _shared(world)
    await _remove_ann(world)
    assert await _count(world) == max(0, owned - REMOVAL_BATCH)
    await world.deliver()
    assert await _count(world) == 0


async def test_removes_however_slow_the_database_is(world: World) -> None:
    """A delivery whose time is over after one asset stores that, and the next one goes on from there."""
    started = world.clock()
    times = count(1)
    slow = AssetHandlers(world.stores.unit, Quota(QUOTA), lambda: started + next(times) * REMOVAL_TIME)
    world.events = {**world.events, UserRemoved: {"remove_assets_of_user": slow.remove_assets_of_user}}
    for _ in range(4):
        await world.create()
    await slow.remove_assets_of_user(UserRemoved(ANN), uuid4())
    assert await _count(world) == 3
    await world.deliver()
    assert await _count(world) == 0


async def test_creates_nothing_for_a_removed_user(world: World) -> None:
    """A call that was let in before its account was removed makes no asset; others go on."""
    await world.create()
    await _remove_ann(world)
    for request_id in (None, RequestId(uuid4())):
        with pytest.raises(OwnerRemoved):
            await world.bus.handle(replace(CREATE, request_id=request_id))
    await world.create(owner_id=BOB)
    assert await _count(world) == 0


async def test_an_upload_outlives_one_of_its_owners(world: World) -> None:
    """An upload of an asset that others own too goes on when one of them is removed."""
    asset_id = await _shared(world, (BOB, ANN), size=0)
    async with world.uploads.open(ANN, asset_id, 0) as writer:
        await send(writer, some_bytes(PART))
        await writer.pause()
    await world.events[UserRemoved]["remove_assets_of_user"](UserRemoved(BOB), uuid4())
    await world.upload(asset_id, some_bytes(2 * PART)[PART:], offset=PART)
    assert await world.download(asset_id) == some_bytes(2 * PART)


async def _remove_ann(world: World) -> None:
    await world.events[UserRemoved]["remove_assets_of_user"](UserRemoved(ANN), uuid4())


async def _shared(world: World, owner_ids: tuple[UserId, ...] = (ANN, BOB), size: int = 5) -> AssetId:
    asset_id, file = AssetId.new(), replace(FILE, size_bytes=size)
    async with world.stores.unit() as unit:
        asset = Asset.create(asset_id=asset_id, owner_id=ANN, description=LAKE, file=file, now=world.clock())
        asset.owner_ids = owner_ids
        await unit.assets.add(asset)
        await unit.commit()
    return asset_id
