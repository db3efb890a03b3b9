"""Moving folders, over every engine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.errors import MetadataQuotaExceeded, OwnerRemoved
from emo_grpc.assets.domain.events import FolderHalfMoved
from emo_grpc.assets.domain.folder_commands import MoveFolder
from emo_grpc.assets.domain.folder_errors import FolderNotFound, FolderTooLarge
from emo_grpc.assets.domain.folder_move import FolderExtent, FolderMove, FolderRename
from emo_grpc.assets.service_layer.asset_handlers import AssetHandlers
from emo_grpc.assets.service_layer.many import folder_handlers
from emo_grpc.assets.service_layer.many.folder_handlers import FolderHandlers
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.assets.service_layer.views import AssetQuery
from emo_grpc.shared.domain.errors import ConcurrentChange, InvalidArgument, RequestIdReused, Unavailable
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.outbox import EventHandlers
from emo_grpc.shared.service_layer.relay import Relay

from .engines import Engine
from .samples import ANN, BOB, NOW, an_upload, persist
from .test_folders import counted, placed, tree

LATER = NOW + timedelta(hours=1)
MIB = 1 << 20


@dataclass
class Mover:
    """Moves folders of Ann's, 3 assets at a time."""

    engine: Engine
    handlers: FolderHandlers

    def __post_init__(self) -> None:
        self.failures: list[Exception] = []
        self.now = LATER

    async def move(self, source: str, destination: str, request_id: RequestId | None = None) -> FolderMove:
        return await self.handlers.move_folder(MoveFolder(ANN, FolderRename(source, destination), request_id))

    async def deliver(self, *, again: bool = False) -> int:
        """Let what is due be done; gives how much it was. `again`: each event twice, as after a crash of the relay."""

        async def handle(event: FolderHalfMoved, row_id: Any) -> None:
            for _ in range(1 + again):
                await self.handlers.move_rest_of_folder(event, row_id)

        handlers: EventHandlers = {FolderHalfMoved: {"move_rest_of_folder": handle}}
        relay = Relay(self.engine.outbox, handlers, lambda: self.now, lambda _, error, __: self.failures.append(error))
        return await relay.run_once()

    async def assets(self) -> list[Asset]:
        """Ann's, as they are stored."""
        async with self.engine.unit() as unit:
            return [asset for asset in await unit.assets.owned_by(ANN, 999) if isinstance(asset, Asset)]


def mover_on(engine: Engine, units: AssetsUnits | None = None, quota: Quota | None = None) -> Mover:
    return Mover(engine, FolderHandlers(units or engine.unit, quota or Quota(1 << 40), lambda: LATER, 3))


@pytest.fixture
def mover(engine: Engine) -> Mover:
    return mover_on(engine)


def folders(assets: list[Asset]) -> list[str]:
    return sorted(asset.description.folder for asset in assets)


async def test_a_small_folder_moves_at_once(mover: Mover) -> None:
    """With all below it, and nothing that only begins alike; etags and update times change, and those of no other."""
    inside, below = placed("Café", size=3), placed("Café/1994/x", size=4)
    others = [placed("Cafés", size=5), placed("", size=6), placed("Café", owner_id=BOB, size=7)]
    await mover.engine.save(inside, below, *others)
    assert (await mover.move("Café", "Zoo/Bar")).left == 0
    moved = {asset.asset_id: asset for asset in await mover.assets()}
    assert moved[inside.asset_id].description.folder == "Zoo/Bar"
    assert moved[below.asset_id].description.folder == "Zoo/Bar/1994/x"
    assert {moved[each.asset_id].etag for each in (inside, below)} == {"v2"}
    assert {moved[each.asset_id].update_time for each in (inside, below)} == {LATER}
    for other in others[:2]:
        assert moved[other.asset_id].etag == "v1"
    assert await tree(mover.engine) == counted(moved.values())
    assert await tree(mover.engine, BOB) == counted(others, BOB)
    assert await mover.deliver() == 0


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
async def test_a_large_folder_moves_in_batches(mover: Mover, again: bool) -> None:
    """At each moment every asset is in one place, and counted there; an event that comes twice moves nothing twice."""
    assets = [placed(folder, size=size) for size, folder in enumerate(["a", "a/b", "a/b", "a/c/d", "a", "a/e", "z"], 1)]
    await mover.engine.save(*assets)
    request_id = RequestId(uuid4())
    assert (await mover.move("a", "z/a", request_id)).left == 6
    seen = []
    while True:
        now = await mover.assets()
        assert await tree(mover.engine) == counted(now)
        assert sum(asset.version for asset in now) == 7 + sum("z/a" in each for each in folders(now))
        left = (await mover.move("a", "z/a", request_id)).left
        seen.append((sum("z/a" in folder for folder in folders(now)), left))
        if not await mover.deliver(again=again):
            break
    assert seen == [(0, 6), (3, 3), (6, 0)]
    assert folders(now) == ["z", "z/a", "z/a", "z/a/b", "z/a/b", "z/a/c/d", "z/a/e"]
    assert await mover.engine.views.folder_move(ANN) is None


async def test_of_deep_folders_fewer_assets_move_at_once(mover: Mover) -> None:
    """Each folder that an asset is below costs as much as an asset does, so they are counted, before and after."""
    deep = "/".join("abcdefghi")
    assets = [placed(deep) for _ in range(5)]
    mover.handlers = replace(mover.handlers, batch=9, written_bytes=3 * assets[0].metadata_bytes)
    await mover.engine.save(*assets)
    assert (await mover.move("a", "z")).left == 5
    seen = []
    while await mover.deliver():
        now = await mover.assets()
        assert await tree(mover.engine) == counted(now)
        seen.append(sum(folder.startswith("z/") for folder in folders(now)))
    assert seen == [2, 4, 5]
    mover.handlers = replace(mover.handlers, written_bytes=1)
    await mover.engine.save(placed("/".join("y" * 64)))
    assert (await mover.move("y", "x")).left == 0
    assert mover.failures == []


@pytest.mark.parametrize("count", [1, 3], ids=["small", "large"])
async def test_a_folder_moves_up_into_one_with_its_own_names(mover: Mover, count: int) -> None:
    """What moves up and is then again below the source moves once; at the top too, and into what is there."""
    names = ["a/a", "a/a/a", "a/a/a/a"] * count
    await mover.engine.save(*(placed(name) for name in [*names, "a"]))
    await mover.move("a/a", "a")
    while await mover.deliver():
        pass
    expected = sorted([name.removeprefix("a/") for name in names] + ["a"])
    assert folders(await mover.assets()) == expected
    await mover.move("a", "")
    while await mover.deliver():
        pass
    assert folders(await mover.assets()) == sorted(name.removeprefix("a").removeprefix("/") for name in expected)
    assert mover.failures == []


async def test_a_crash_in_the_middle(engine: Engine) -> None:
    """What was not committed is as if it had not been; the next delivery goes on, and all ends where it goes."""
    fails = iter([False, False, True, False, True, True, *[False] * 9])

    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        async with engine.unit() as unit:
            commit: Callable[[], Awaitable[None]] = unit.commit
            crashes = next(fails)

            async def crash() -> None:
                if crashes:
                    raise Unavailable("killed")
                await commit()

            unit.commit = crash  # type: ignore[method-assign] # as a process that is killed before it
            yield unit

    def crashing() -> Any:  # of a context manager that gives units
        return opened()

    mover = mover_on(engine, units=crashing)
    await engine.save(*(placed("a/b", size=9) for _ in range(7)))
    await mover.move("a", "b")
    for _ in range(12):
        await mover.deliver()
        assert await tree(engine) == counted(await mover.assets())
        mover.now += timedelta(minutes=1)
    assert [str(error) for error in mover.failures] == ["killed"] * 3
    assert folders(await mover.assets()) == ["b/b"] * 7
    assert await engine.views.folder_move(ANN) is None


async def test_what_gets_in_its_way_puts_no_batch_off(engine: Engine) -> None:
    """A batch that meets another call of the owner's is tried again at once, and not as a delivery that failed."""
    meets = iter([False, True, True, *[False] * 9])

    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        if next(meets):
            raise ConcurrentChange("this was changed at the same moment")
        async with engine.unit() as unit:
            yield unit

    def meeting() -> Any:  # of a context manager that gives units
        return opened()

    mover = mover_on(engine, units=meeting)
    await engine.save(*(placed("a") for _ in range(4)))
    assert (await mover.move("a", "b")).left == 4
    while await mover.deliver():
        pass
    assert mover.failures == []
    assert folders(await mover.assets()) == ["b"] * 4


async def test_one_move_at_a_time(mover: Mover) -> None:
    """While a move of an owner's is under way, another one of theirs waits; the same again does not."""
    await mover.engine.save(*(placed("a") for _ in range(4)), placed("b"), placed("b", owner_id=BOB))
    request_id = RequestId(uuid4())
    await mover.move("a", "c", request_id)
    with pytest.raises(ConcurrentChange):
        await mover.move("b", "a")
    with pytest.raises(RequestIdReused):
        await mover.move("b", "a", request_id)
    assert (await mover.handlers.move_folder(MoveFolder(BOB, FolderRename("b", "d")))).left == 0
    while await mover.deliver():
        pass
    assert (await mover.move("b", "a")).left == (await mover.move("a", "c/d")).left == 0
    assert folders(await mover.assets()) == [*["c"] * 4, "c/d"]


async def test_what_is_left_of_another_waits(mover: Mover) -> None:
    """An event that comes late, as a dead letter does, takes no turn of the move that is under way."""
    await mover.engine.save(*(placed("a") for _ in range(4)), placed("c"))
    await mover.move("a", "b")
    late = FolderHalfMoved(uuid4(), ANN, "c", "d")
    with pytest.raises(ConcurrentChange):
        await mover.handlers.move_rest_of_folder(late, uuid4())
    assert folders(await mover.assets()) == [*["a"] * 4, "c"]
    while await mover.deliver():
        pass
    await mover.handlers.move_rest_of_folder(late, uuid4())
    assert folders(await mover.assets()) == [*["b"] * 4, "d"]


async def test_what_can_not_be_moved(mover: Mover, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is not there, no path that would be too long, no more folders than can be looked at."""
    long = "a/" + "x" * 1000
    await mover.engine.save(placed(long), placed("a/b"), placed("a/c/d"))
    with pytest.raises(FolderNotFound):
        await mover.move("b", "c")
    with pytest.raises(InvalidArgument, match="1024 bytes"):
        await mover.move("a", "é" * 12)
    monkeypatch.setattr(folder_handlers, "MAX_MOVED_FOLDERS", 3)
    with pytest.raises(FolderTooLarge):
        await mover.move("a", "b")
    monkeypatch.setattr(folder_handlers, "MAX_MOVED_FOLDERS", 4)
    assert (await mover.move("a", "b")).left == 0
    assert folders(await mover.assets()) == ["b/b", "b/c/d", "b/" + "x" * 1000]


async def test_longer_paths_count_against_the_metadata_quota(engine: Engine) -> None:
    """A move that would fill it is refused as a whole; what it was said to take is what is counted after it."""
    assets = [placed("a", size=1), placed("a/b/c", size=1), placed("a/b", size=1)]
    await engine.save(*assets)
    before = (await engine.views.stats(ANN)).usage.metadata_bytes
    rename = FolderRename("a", "d/ef")
    async with engine.unit() as unit:
        extent = await unit.assets.folder_extent(ANN, "a", 9)
    assert extent == FolderExtent(count=3, folders=2, steps=3, longest=5, deepest=3)
    more = rename.metadata_bytes(extent)
    with pytest.raises(MetadataQuotaExceeded):
        await mover_on(engine, quota=Quota(before + more - 1)).move("a", "d/ef")
    assert folders(await mover_on(engine).assets()) == ["a", "a/b", "a/b/c"]
    await mover_on(engine, quota=Quota(before + more)).move("a", "d/ef")
    assert (await engine.views.stats(ANN)).usage.metadata_bytes == before + more
    await mover_on(engine, quota=Quota(1)).move("d/ef", "a")
    assert (await engine.views.stats(ANN)).usage.metadata_bytes == before


async def test_extents(engine: Engine) -> None:
    """What is in a folder and below it, but for names that begin alike; no more folders are looked at than asked."""
    names = ["a", "a/b", "a/b/c", "a/b/c", "a/d/é", "a!", "a0", "a!/b", "ab/c"]
    await engine.save(*(placed(name) for name in names))
    async with engine.unit() as unit:
        assert await unit.assets.folder_extent(ANN, "a", 9) == FolderExtent(5, 4, 3 + 2 + 1 + 1, 6, 3)
        assert (await unit.assets.folder_extent(ANN, "a", 2)).folders == 2
        assert await unit.assets.folder_extent(ANN, "a/b/c", 9) == FolderExtent(2, 0, 0, 5, 3)
        assert (await unit.assets.folder_extent(ANN, "b", 9)).count == 0
        assert (await unit.assets.folder_extent(BOB, "a", 9)).count == 0


async def test_the_order_of_a_folder(engine: Engine) -> None:
    """Pages of its assets and those below it, each asset once, in the order in which they were made."""
    assets = [replace(placed("a" if at % 2 else "a/b"), create_time=NOW + timedelta(days=at // 3)) for at in range(9)]
    await engine.save(*assets, placed("b"))
    found, after = [], None
    async with engine.unit() as unit:
        while True:
            page, after = await unit.assets.with_facet(ANN, "within", "a", after, 2)
            found += [asset.asset_id for asset in page]
            if after is None:
                break
            assert len(page) == 2
    assert found == [asset.asset_id for asset in sorted(assets, key=lambda each: (each.create_time, each.asset_id))]


async def test_several_are_saved_as_each_alone(engine: Engine) -> None:
    """Counters and lists are the same, also where an upload reserves more; with a stale one none is saved."""
    assets = [placed("a", size=5), placed("a/b"), placed("b", size=1)]
    upload = an_upload(assets[1])
    await engine.save(*assets, upload)
    persist(upload, "token", 99)
    await engine.save(upload)
    stale = replace(assets[2])
    await engine.save(assets[2])
    for asset in (*assets, stale):
        asset.describe(Description(title="x", tags=("t", "u"), folder="c/d"), asset.file, now=LATER)
    async with engine.unit() as unit:
        await unit.assets.save_all([])
        with pytest.raises(ConcurrentChange):
            await unit.assets.save_all([*map(replace, assets[:2]), stale])
    async with engine.unit() as unit:
        await unit.assets.save_all(assets)
        await unit.commit()
    stats = await engine.views.stats(ANN)
    assert [asset.version for asset in assets] == [2, 2, 3]
    assert stats.usage.reserved_bytes == 5 + 99 + 1
    assert stats.usage.metadata_bytes == sum(asset.metadata_bytes for asset in assets)
    assert [(tag.tag, tag.count) for tag in await engine.views.tag_cloud(ANN, 9)] == [("t", 3), ("u", 3)]
    assert await tree(engine) == counted(assets)
    assert len((await engine.views.page(AssetQuery(ANN, 9))).items) == 3


async def test_a_move_ends_with_its_owner(mover: Mover) -> None:
    """When the account is removed in the middle of a move, nothing goes on, and in the end nothing of it is left."""
    await mover.engine.save(*(placed("a") for _ in range(6)))
    await mover.move("a", "b", RequestId(uuid4()))
    await mover.deliver()
    async with mover.engine.unit() as unit:
        await unit.assets.remove_owner(ANN)
        await unit.commit()
    while await mover.deliver():
        pass
    assert folders(await mover.assets()) == [*["a"] * 3, *["b"] * 3]
    assets = AssetHandlers(mover.engine.unit, Quota(MIB), lambda: LATER)
    await assets.remove_assets_of_user(UserRemoved(ANN), uuid4())
    assert await mover.engine.views.folder_move(ANN) is None
    async with mover.engine.unit() as unit:
        assert await unit.idempotency.after(None, 9) == []
    assert mover.failures == []


async def test_a_batch_that_comes_after_the_removal_leaves_nothing(mover: Mover) -> None:
    """What is delivered of a move when the account is gone already is remembered under no id of its owner."""
    await mover.engine.save(*(placed("a") for _ in range(6)))
    await mover.move("a", "b", RequestId(uuid4()))
    assets = AssetHandlers(mover.engine.unit, Quota(MIB), lambda: LATER)
    await assets.remove_assets_of_user(UserRemoved(ANN), uuid4())
    while await mover.deliver():
        pass
    async with mover.engine.unit() as unit:
        assert await unit.idempotency.after(None, 9) == []
    assert mover.failures == []


async def test_who_is_removed_moves_nothing(mover: Mover) -> None:
    """A call that outlives its account finds it gone."""
    await mover.engine.save(placed("a"))
    async with mover.engine.unit() as unit:
        await unit.assets.remove_owner(ANN)
        await unit.commit()
    with pytest.raises(OwnerRemoved):
        await mover.move("a", "b")


def test_where_a_folder_may_go() -> None:
    """Not the top, not to itself or below itself, and only to what can be a folder."""
    for source, destination, field in (
        ("", "a", "source"),
        ("a", "a", "destination"),
        ("a", "a/b", "destination"),
        ("a//b", "c", "source"),
        ("a", "../b", "destination"),
    ):
        with pytest.raises(InvalidArgument) as caught:
            FolderRename(source, destination)
        assert [violation.field for violation in caught.value.violations] == [field]
    assert FolderRename("a", "ab").of("a/x") == "ab/x"
    assert FolderRename("a/b", "a").of("ab") == "ab"
    assert FolderRename("a", "b" * 1024).of("a/x") == "a/x"
