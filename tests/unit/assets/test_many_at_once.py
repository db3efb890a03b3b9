"""Changing and deleting many assets at once, over the bus and the engines."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.batch_commands import (
    AssetReference,
    DeleteAssets,
    PlanBatch,
    PurgeAssets,
    RestoreAssets,
    UpdateAssets,
)
from emo_grpc.assets.domain.commands import AssetChange, DeleteAsset, UpdateAsset
from emo_grpc.assets.domain.errors import ExpectedCountMismatch, MetadataQuotaExceeded, OwnerRemoved
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.trash_commands import EmptyTrash
from emo_grpc.assets.service_layer.asset_handlers import AssetHandlers
from emo_grpc.assets.service_layer.expressions import AllOf, AnyOf, Says
from emo_grpc.assets.service_layer.folder_views import FolderQuery
from emo_grpc.assets.service_layer.many.batches import STEP, AssetBatches, Results
from emo_grpc.assets.service_layer.many.handlers import BatchHandlers
from emo_grpc.assets.service_layer.many.plans import PAGE
from emo_grpc.assets.service_layer.many.requests import MAX_MATCHES, BatchRequest
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.trash_handlers import TrashHandlers
from emo_grpc.assets.service_layer.views import AssetFilter
from emo_grpc.shared.domain.call_errors import ServerDraining
from emo_grpc.shared.domain.errors import RequestIdReused
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.domain.messages import Command
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.idempotency import REMEMBERED_FOR
from emo_grpc.shared.service_layer.message_bus import MessageBus, Result

from .world import ANN, BOB, MIB, World

SEA = AssetChange(add_tags=("sea",))
MANY = STEP + 3


class Interrupted(MessageBus):
    """Carries out so many commands, and then the server drains."""

    def __init__(self, bus: MessageBus, drain: Drain, commands: int) -> None:
        self._bus = bus
        self._drain = drain
        self._left = commands

    async def handle(self, command: Command[Result]) -> Result:
        result = await self._bus.handle(command)
        self._left -= 1
        if not self._left:
            self._drain.start()
        return result


def batches(world: World) -> AssetBatches:
    return AssetBatches(world.bus, world.views, Drain())


async def stored(world: World, count: int, description: Description | None = None) -> list[AssetId]:
    """So many assets of Ann, in one transaction."""
    assets = [
        Asset.create(
            asset_id=AssetId.new(),
            owner_id=ANN,
            description=description or Description(title="The lake"),
            file=File(name="lake.jpg", content_type="image/jpeg"),
            now=world.clock(),
        )
        for _ in range(count)
    ]
    async with world.stores.unit() as unit:
        for asset in assets:
            await unit.assets.add(asset)
        await unit.commit()
    return [asset.asset_id for asset in assets]


def request(assets: Sequence[AssetId], change: AssetChange | None = SEA, **fields: object) -> BatchRequest:
    """One of Ann's, with an id."""
    named = tuple(AssetReference(asset_id) for asset_id in assets)
    made = BatchRequest(ANN, named, change=change, request_id=RequestId(uuid4()))
    return replace(made, **fields)  # type: ignore[arg-type] # a table of fields


def by_tag(tag: str, count: int, change: AssetChange | None = SEA) -> BatchRequest:
    return request([], change, filter=AssetFilter(tags=(tag,)), expected_count=count)


def reasons(results: Results) -> list[str]:
    return [failure.kind.reason if failure else "" for _, failure in results]


async def tags(world: World, assets: Sequence[AssetId]) -> set[tuple[str, ...]]:
    return {(await world.asset(asset_id)).description.tags for asset_id in assets}


async def test_the_same_change_for_many(world: World) -> None:
    """All of more than one step are changed, and each has its result, in the order of the request."""
    assets = await stored(world, MANY)
    change = AssetChange(location="Home", add_people=("Ann",))
    results = await batches(world).carry_out(request(assets, change))
    assert results == [(asset_id, None) for asset_id in assets]
    for asset_id in assets:
        said = (await world.asset(asset_id)).description
        assert (said.title, said.location, said.people) == ("The lake", "Home", ("Ann",))


async def test_one_that_fails_keeps_no_other_from_it(world: World) -> None:
    """Each asset fails by itself, as it would alone, and nothing of it changes."""
    assets = await stored(world, 3)
    full = (await stored(world, 1, Description(title="x", tags=tuple(map(str, range(50))))))[0]
    theirs = await world.create(owner_id=BOB)
    all_of_them = [assets[0], theirs, AssetId.new(), assets[1], full, assets[2]]
    named = tuple(AssetReference(asset_id, "v9" if asset_id == assets[1] else "") for asset_id in all_of_them)
    before = {asset_id: await world.asset(asset_id) for asset_id in (theirs, assets[1], full)}
    results = await batches(world).carry_out(request([], named=named))
    assert [asset_id for asset_id, _ in results] == all_of_them
    assert reasons(results) == ["", "ASSET_NOT_FOUND", "ASSET_NOT_FOUND", "ETAG_MISMATCH", "INVALID_ARGUMENT", ""]
    etag_mismatch = results[3][1]
    assert etag_mismatch is not None
    assert etag_mismatch.metadata == {"etag": "v1"}
    assert await tags(world, [assets[0], assets[2]]) == {("sea",)}
    assert {asset_id: await world.asset(asset_id) for asset_id in before} == before


async def test_quota_of_what_many_say(world: World) -> None:
    """What is said of many fills the quota asset by asset: those that don't fit fail, and the others count."""
    assets = await stored(world, 20)
    units, clock = world.stores.unit, world.clock
    trash = TrashHandlers(units, clock, timedelta(days=30))
    handlers = BatchHandlers(units, AssetHandlers(units, Quota(MIB), clock), trash, clock)
    long = AssetChange(add_tags=tuple(f"{number:02}" + 48 * "\N{PILE OF POO}" for number in range(50)))
    outcomes = await handlers.update_assets(UpdateAssets(ANN, request(assets).named, None, "", long))
    found = [failure.kind if failure else None for failure in outcomes]
    fitting = found.count(None)
    assert found == [*[None] * fitting, *[MetadataQuotaExceeded] * (20 - fitting)]
    async with units() as unit:
        used = (await unit.assets.usage(ANN)).metadata_bytes
    assert MIB - (await world.asset(assets[0])).metadata_bytes < used <= MIB


async def test_what_is_so_already_stays(world: World) -> None:
    """An asset that is as asked for keeps its etag and its time, so that asking twice costs nothing."""
    assets = await stored(world, 2)
    await batches(world).carry_out(request(assets[:1]))
    before = await world.asset(assets[0])
    world.clock.now += REMEMBERED_FOR
    await batches(world).carry_out(request(assets))
    assert await world.asset(assets[0]) == before
    assert (await world.asset(assets[1])).update_time == world.clock()


async def test_added_and_removed_labels(world: World) -> None:
    """Added ones follow those that are there, once each; removed ones go, and the rest keeps its order."""
    (asset_id,) = await stored(world, 1, Description(title="x", tags=("a", "b", "c"), people=("Ann", "Bob")))
    change = AssetChange(add_tags=("d", "c"), remove_tags=("a", "z"), add_people=("Eve",), remove_people=("Ann",))
    await batches(world).carry_out(request([asset_id], change))
    said = (await world.asset(asset_id)).description
    assert (said.tags, said.people) == (("b", "c", "d"), ("Bob", "Eve"))


async def test_deletes_many(world: World) -> None:
    """Each is moved to the trash as DeleteAsset does, and one that is there stays; others' are not found."""
    file, theirs = await world.stored(b"abc"), await world.create(owner_id=BOB)
    assets = await stored(world, MANY)
    results = await batches(world).carry_out(request([*assets, theirs, file], None))
    assert reasons(results) == [*[""] * MANY, "ASSET_NOT_FOUND", ""]
    assert reasons(await batches(world).carry_out(request(assets, None))) == [""] * MANY
    assert reasons(await batches(world).carry_out(request(assets))) == ["ASSET_IN_TRASH"] * MANY
    assert (await world.views.stats(ANN)).trash.count == MANY + 1
    while (await world.bus.handle(EmptyTrash(ANN))).is_more:
        pass
    await world.deliver()
    assert await world.objects() == (0, 0)
    assert (await world.asset(theirs)).owner_ids == (BOB,)


@pytest.mark.parametrize("change", [SEA, None])
async def test_a_repeated_request_gives_the_first_results(world: World, change: AssetChange | None) -> None:
    """The same request_id again does nothing, and tells of each asset what it told the first time."""
    assets, gone = await stored(world, MANY), AssetId.new()
    asked = request([*assets[:5], gone, *assets[5:]], change)
    first = await batches(world).carry_out(asked)
    assert reasons(first).count("ASSET_NOT_FOUND") == 1
    if change is not None:
        for asset_id in assets[:2]:
            await world.bus.handle(UpdateAsset(ANN, asset_id, AssetChange(tags=())))
    assert await batches(world).carry_out(asked) == first
    if change is not None:
        assert await tags(world, assets[:2]) == {()}
    elsewhere = replace(asked, owner_id=BOB)
    assert set(reasons(await batches(world).carry_out(elsewhere))) == {"ASSET_NOT_FOUND"}


@pytest.mark.parametrize(
    "other",
    [
        {"change": None},
        {"change": AssetChange(add_tags=("see",))},
        {"named": ()},
        {"etag": "v2"},
        {"filter": AssetFilter()},
    ],
)
async def test_a_request_id_is_for_one_batch(world: World, other: dict[str, object]) -> None:
    """A request_id that was used for another batch is refused, and nothing is done."""
    assets = await stored(world, 3)
    asked = request(assets)
    await batches(world).carry_out(asked)
    if "filter" in other:
        other = {"named": (), "expected_count": 3} | other
    if other == {"named": ()}:
        other = {"named": asked.named[:2]}
    if "etag" in other:
        other = {"named": tuple(replace(each, etag="v2") for each in asked.named)}
    before = [await world.asset(asset_id) for asset_id in assets]
    with pytest.raises(RequestIdReused):
        await batches(world).carry_out(replace(asked, **other))  # type: ignore[arg-type] # a table of fields
    assert [await world.asset(asset_id) for asset_id in assets] == before


async def test_a_request_id_is_for_one_expression(world: World) -> None:
    """Whether all parts of an expression must hold or any of them makes it another batch."""
    await stored(world, 3)
    parts = (Says("sun"), Says("rain"))
    asked = request([], filter=AssetFilter(expression=AnyOf(parts)), expected_count=0)
    assert await batches(world).carry_out(asked) == []
    with pytest.raises(RequestIdReused):
        await batches(world).carry_out(replace(asked, filter=AssetFilter(expression=AllOf(parts))))


@pytest.mark.parametrize("is_by_filter", [False, True])
async def test_goes_on_after_it_was_broken_off(world: World, is_by_filter: bool) -> None:
    """What a server that went away has not done, the same request does; what it has done is told as it was."""
    assets = await stored(world, 2 * STEP + 1, Description(title="x", tags=("beach",)))
    asked = by_tag("beach", len(assets), None) if is_by_filter else request(assets, None)
    drain = Drain()
    with pytest.raises(ServerDraining):
        await AssetBatches(Interrupted(world.bus, drain, 1 + is_by_filter), world.views, drain).carry_out(asked)
    assert (await world.views.stats(ANN)).trash.count == STEP
    results = await batches(world).carry_out(asked)
    assert {asset_id for asset_id, _ in results} == set(assets)
    assert reasons(results) == [""] * len(assets)
    assert (await world.views.stats(ANN)).trash.count == len(assets)


DEEP = "/".join(["x" * 15] * 64)


async def listed_at_top(world: World) -> int:
    return (await world.views.folders(FolderQuery(ANN, "", 1))).folder.own_count


async def test_fewer_go_at_once_into_deep_folders(world: World) -> None:
    """Each folder that an asset is below costs as an asset does, so nobody waits longer for those; again it is read."""
    assets = await stored(world, 25)
    asked = request(assets, AssetChange(folder=DEEP))
    drain = Drain()
    with pytest.raises(ServerDraining):
        await AssetBatches(Interrupted(world.bus, drain, 1), world.views, drain).carry_out(asked)
    assert await listed_at_top(world) == 15
    for _ in range(2):
        assert await batches(world).carry_out(asked) == [(asset_id, None) for asset_id in assets]
        assert await listed_at_top(world) == 0


async def test_fewer_go_at_once_out_of_deep_folders(world: World) -> None:
    """Also where the request does not say that they lie deep; each is deleted once, whatever became of others."""
    assets = await stored(world, 25, Description(title="x", folder=DEEP))
    wrong = replace(request(assets, None), named=(AssetReference(assets[0], "other"), *request(assets[1:]).named))
    drain = Drain()
    with pytest.raises(ServerDraining):
        await AssetBatches(Interrupted(world.bus, drain, 1), world.views, drain).carry_out(wrong)
    assert (await world.views.stats(ANN)).trash.count == 10
    for _ in range(2):
        assert reasons(await batches(world).carry_out(wrong)) == ["ETAG_MISMATCH", *[""] * 24]
        assert (await world.views.stats(ANN)).trash.count == 24


async def test_a_restore_that_was_cut_off_goes_on(world: World) -> None:
    """With its request id again the rest comes out of the trash, and each is told what became of it at first."""
    assets = await stored(world, 250)
    await batches(world).carry_out(replace(request(assets, None), request_id=None))
    restore = BatchRequest(ANN, request(assets).named, otherwise=RestoreAssets, request_id=RequestId(uuid4()))
    drain = Drain()
    with pytest.raises(ServerDraining):
        await AssetBatches(Interrupted(world.bus, drain, 1), world.views, drain).carry_out(restore)
    assert (await world.views.stats(ANN)).trash.count == 150
    for _ in range(2):
        assert reasons(await batches(world).carry_out(restore)) == [""] * 250
        assert (await world.views.stats(ANN)).trash.count == 0


@pytest.mark.parametrize("what", ["delete", "purge", "restore"])
async def test_a_step_ends_once_it_has_written_much(world: World, what: str) -> None:
    """Also where assets are moved to the trash or back, or destroyed, which costs what they say.

    Others come in between.
    """
    assets = await stored(world, 5)
    limit = 2 * (await world.asset(assets[0])).metadata_bytes + 1
    units, clock = world.stores.unit, world.clock
    trash = TrashHandlers(units, clock, timedelta(days=30))
    handlers = BatchHandlers(units, AssetHandlers(units, Quota(MIB), clock), trash, clock, limit)
    named = request(assets).named
    if what == "restore":
        await batches(world).carry_out(request(assets, None))
        outcomes = await handlers.restore_assets(RestoreAssets(ANN, named, None, ""))
    elif what == "purge":
        outcomes = await handlers.purge_assets(PurgeAssets(ANN, named, None, ""))
    else:
        outcomes = await handlers.delete_assets(DeleteAssets(ANN, named, None, ""))
    assert list(outcomes) == [None] * 3


async def test_all_that_a_filter_holds(world: World) -> None:
    """By a filter all assets that it holds are changed, and no others; an empty one holds all."""
    beach = await stored(world, PAGE + 1, Description(title="x", tags=("beach",)))
    other = await stored(world, 2)
    results = await batches(world).carry_out(by_tag("beach", len(beach)))
    assert sorted(asset_id for asset_id, _ in results) == sorted(beach)
    assert await tags(world, beach[:3]) == {("beach", "sea")}
    assert await tags(world, other) == {()}
    everything = request([], filter=AssetFilter(), expected_count=len(beach) + 2)
    assert len(await batches(world).carry_out(everything)) == len(beach) + 2
    assert await tags(world, other) == {("sea",)}


@pytest.mark.parametrize("has_id", [False, True])
async def test_a_filter_that_holds_another_number(world: World, has_id: bool) -> None:
    """It is told how many there are, nothing is changed, and the request_id is not used up."""
    beach = await stored(world, 3, Description(title="x", tags=("beach",)))
    for expected in (0, 2, 4):
        asked = by_tag("beach", expected)
        with pytest.raises(ExpectedCountMismatch) as caught:
            await batches(world).carry_out(asked if has_id else replace(asked, request_id=None))
        assert caught.value.metadata == {"actual_count": "3"}
        assert await tags(world, beach) == {("beach",)}
    assert len(await batches(world).carry_out(replace(asked, expected_count=3))) == 3


async def test_more_than_a_batch_may_hold(world: World) -> None:
    """Of more assets than a batch may be for no more than one is read, and the number says that there are more."""
    await stored(world, 5, Description(title="x", tags=("beach",)))
    found = tuple(AssetId.new() for _ in range(MAX_MATCHES + 1))
    with pytest.raises(ExpectedCountMismatch) as caught:
        await world.bus.handle(PlanBatch(ANN, found, MAX_MATCHES, None, "x"))
    assert caught.value.metadata == {"actual_count": "10001"}


async def test_repeated_when_the_filter_holds_others(world: World) -> None:
    """A repetition is about the assets of the first time, whatever the filter holds by now."""
    beach = await stored(world, 3, Description(title="x", tags=("beach",)))
    asked = by_tag("beach", 3, AssetChange(remove_tags=("beach",)))
    first = await batches(world).carry_out(asked)
    later = await stored(world, 2, Description(title="x", tags=("beach",)))
    assert await batches(world).carry_out(asked) == first
    assert await tags(world, beach) == {()}
    assert await tags(world, later) == {("beach",)}


async def test_results_are_forgotten(world: World) -> None:
    """What is kept of batches goes after a day, and with the account."""
    assets = await stored(world, 3, Description(title="x", tags=("beach",)))
    for owner in (BOB, ANN):
        await batches(world).carry_out(replace(by_tag("beach", 3 if owner == ANN else 0), owner_id=owner))
        await batches(world).carry_out(replace(request(assets), owner_id=owner))
    await world.events[UserRemoved]["remove_assets_of_user"](UserRemoved(ANN), uuid4())
    async with world.stores.unit() as unit:
        left = await unit.idempotency.after(None, 100)
        assert [key.scope for key in left] == [f"BatchAssets {BOB}"] * 2
        assert await unit.idempotency.sweep(world.clock() + 2 * REMEMBERED_FOR, 100) == 2


@pytest.mark.parametrize("is_by_filter", [False, True])
async def test_nothing_is_remembered_of_who_is_removed(world: World, is_by_filter: bool) -> None:
    """A batch that was let in before its account was removed leaves no result under the id of its owner."""
    asked = by_tag("beach", 0) if is_by_filter else request(await stored(world, 1))
    await world.events[UserRemoved]["remove_assets_of_user"](UserRemoved(ANN), uuid4())
    with pytest.raises(OwnerRemoved):
        await batches(world).carry_out(asked)
    async with world.stores.unit() as unit:
        assert await unit.idempotency.after(None, 9) == []


async def test_what_is_half_forgotten_is_not_done_in_part(world: World) -> None:
    """A batch of whose assets some are not known any more is refused, as one that is over."""
    assets = await stored(world, 3, Description(title="x", tags=("beach",)))
    asked = by_tag("beach", 3)
    await batches(world).carry_out(asked)
    async with world.stores.unit() as unit:
        (page,) = [key for key in await unit.idempotency.after(None, 9) if len(key.result_id) == 4 * 16]
        await unit.idempotency.forget_result(page.result_id)
        await unit.commit()
    with pytest.raises(RequestIdReused):
        await batches(world).carry_out(asked)
    assert await tags(world, assets) == {("beach", "sea")}


async def test_results_are_those_of_their_own_assets(world: World) -> None:
    """When it is not known any more which assets a batch was for, its results are told of no others."""
    assets = await stored(world, 3, Description(title="x", tags=("beach",)))
    asked = by_tag("beach", 3)
    await batches(world).carry_out(asked)
    async with world.stores.unit() as unit:
        for key in await unit.idempotency.after(None, 9):
            if not key.result_id.startswith("["):
                await unit.idempotency.forget_result(key.result_id)
        await unit.commit()
    await world.bus.handle(DeleteAsset(ANN, assets[0]))
    later = await stored(world, 1, Description(title="x", tags=("beach",)))
    with pytest.raises(RequestIdReused):
        await batches(world).carry_out(asked)
    assert await tags(world, later) == {("beach",)}


class Watched(MessageBus):
    """Notes whose steps run at the same time."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._running: list[UserId] = []
        self.met: set[tuple[UserId, ...]] = set()

    async def handle(self, command: Command[Result]) -> Result:
        owner_id = command.subject
        assert isinstance(owner_id, UserId)
        self._running.append(owner_id)
        self.met.add(tuple(sorted(self._running)))
        await asyncio.sleep(0)
        try:
            return await self._bus.handle(command)
        finally:
            self._running.remove(owner_id)


async def test_batches_of_a_user_take_turns(memory: World) -> None:
    """A user's steps run one at a time however many batches are asked for, beside those of others."""
    bus = Watched(memory.bus)
    one = AssetBatches(bus, memory.views, Drain())
    missing = [AssetId.new() for _ in range(2 * STEP)]
    asked = [replace(request(missing), owner_id=owner) for owner in (ANN, ANN, BOB)]
    await asyncio.gather(*map(one.carry_out, asked))
    assert bus.met >= {tuple(sorted((ANN, BOB)))}
    assert not [running for running in bus.met if running.count(ANN) > 1]


async def test_a_change_meanwhile_is_not_lost(world: World) -> None:
    """Single calls go between the steps of a batch, and both count."""
    assets = await stored(world, 2 * STEP)
    single = [world.bus.handle(UpdateAsset(ANN, each, AssetChange(location="Home"))) for each in assets[::20]]
    await asyncio.gather(
        batches(world).carry_out(request(assets)),
        *single,
        world.bus.handle(DeleteAsset(ANN, assets[1])),
    )
    for asset_id in assets[::20]:
        said = (await world.asset(asset_id)).description
        assert (said.location, said.tags) == ("Home", ("sea",))
