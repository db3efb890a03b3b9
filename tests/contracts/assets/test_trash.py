"""The trash, over every engine: out of all lists but its own, counted against all limits, and lost by nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.folder_errors import FolderNotFound
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.expressions import Not, Says
from emo_grpc.assets.service_layer.folder_views import FolderQuery
from emo_grpc.assets.service_layer.inventory import all_assets
from emo_grpc.assets.service_layer.stats import KindStats, TrashStats
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField, TagCount
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .listed import everything
from .samples import ANN, BOB, NOW, a_ready_asset, an_asset, an_upload, persist

SAID = Description(title="The lake", tags=("sea", "été"), people=("Ann",), bookmarked=True, folder="a/b")
DAY, MONTH = timedelta(days=1), timedelta(days=30)
ORDERS = [AssetQuery(owner_id, 9, sort_field=field) for owner_id in (ANN, None) for field in SortField]
NARROWED = [
    AssetQuery(ANN, 9, chosen)
    for chosen in (
        AssetFilter(tags=("sea",)), AssetFilter(people=("Ann",)), AssetFilter(bookmarked=True),
        AssetFilter(content_types=("image/*",)), AssetFilter(expression=Says("lake")),
        AssetFilter(expression=Says("la", is_prefix=True)), AssetFilter(expression=Not(Says("x"))),
    )
]  # fmt: skip
TRASH = AssetQuery(ANN, 2, sort_field=SortField.UPDATE_TIME, in_trash=True)


def throw_away(asset: Asset, days: int = 0) -> None:
    """Move it to the trash that many days from now, for a month."""
    asset.move_to_trash(now=NOW + days * DAY, purge_time=NOW + days * DAY + MONTH)


def trashed(days: int = 0, *, owner_id: UserId = ANN, size: int = 10) -> Asset:
    """A complete one that is in the trash since then."""
    asset = a_ready_asset(SAID, owner_id=owner_id, size=size)
    throw_away(asset, days)
    return asset


async def change(engine: Engine, asset: Asset) -> None:
    await engine.save(asset)
    async with engine.unit() as unit:
        assert await unit.assets.get(asset.asset_id) == asset


async def in_trash(engine: Engine, owner_id: UserId = ANN, limit: int = 9) -> list[AssetId]:
    async with engine.unit() as unit:
        return [asset.asset_id for asset in await unit.assets.in_trash(owner_id, limit)]


async def due(engine: Engine, days: int) -> list[AssetId]:
    async with engine.unit() as unit:
        return [asset.asset_id for asset in await unit.assets.due(NOW + days * DAY, 9)]


async def test_it_is_in_no_list_until_it_is_restored(engine: Engine) -> None:
    """Neither in one of its owner's nor in those over all owners, narrowed or not; restored, it is where it was."""
    asset, other = a_ready_asset(SAID), a_ready_asset(SAID, now=NOW - DAY)
    await engine.save(asset, other)
    before = [await everything(engine, query) for query in (*ORDERS, *NARROWED)]
    assert all(asset.asset_id in found for found in before)
    throw_away(asset)
    await change(engine, asset)
    for query in (*ORDERS, *NARROWED):
        assert await everything(engine, query) == [other.asset_id]
    assert await engine.views.tag_cloud(ANN, 9) == [TagCount("sea", 1), TagCount("été", 1)]
    assert await everything(engine, TRASH) == [asset.asset_id]
    asset.restore()
    await change(engine, asset)
    assert [await everything(engine, query) for query in (*ORDERS, *NARROWED)] == before
    assert await engine.views.tag_cloud(ANN, 9) == [TagCount("sea", 2), TagCount("été", 2)]
    assert await everything(engine, TRASH) == await in_trash(engine) == await due(engine, 99) == []


async def test_no_folder_counts_it(engine: Engine) -> None:
    """It is gone from the counts of its folder, and of each above it, up to the top, until it is restored."""
    asset, other = a_ready_asset(SAID), a_ready_asset(replace(SAID, folder="a"))
    await engine.save(asset, other)
    before = [await engine.views.folders(FolderQuery(ANN, folder, 9)) for folder in ("", "a", "a/b")]
    throw_away(asset)
    await change(engine, asset)
    top, a = [await engine.views.folders(FolderQuery(ANN, folder, 9)) for folder in ("", "a")]
    assert ([top.folder.count, a.folder.count, a.folder.size_bytes], list(a.subfolders)) == ([1, 1, 10], [])
    with pytest.raises(FolderNotFound):
        await engine.views.folders(FolderQuery(ANN, "a/b", 9))
    asset.restore()
    await change(engine, asset)
    assert [await engine.views.folders(FolderQuery(ANN, folder, 9)) for folder in ("", "a", "a/b")] == before
    throw_away(asset)
    await change(engine, asset)
    await engine.remove(asset)
    assert (await engine.views.folders(FolderQuery(ANN, "", 9))).folder.count == 1


async def test_the_trash_is_listed_last_deleted_first(engine: Engine) -> None:
    """Page after page, whatever was changed when, each owner's own; and shown with both times."""
    assets = [trashed(days) for days in (3, 1, 5, 2, 4)]
    await engine.save(*assets, trashed(9, owner_id=BOB), a_ready_asset(SAID))
    by_time = sorted(assets, key=lambda asset: str(asset.delete_time), reverse=True)
    assert await everything(engine, TRASH) == [asset.asset_id for asset in by_time]
    assert await in_trash(engine) == [asset.asset_id for asset in reversed(by_time)]
    assert await in_trash(engine, limit=2) == [asset.asset_id for asset in by_time[:2:-1]]
    shown = (await engine.views.page(TRASH)).items[0]
    assert (shown.delete_time, shown.purge_time) == (by_time[0].delete_time, by_time[0].purge_time)
    assert shown.update_time == by_time[0].update_time == NOW


async def test_it_is_shown_and_read(engine: Engine) -> None:
    """Its owner finds it by its id, and its file and its upload."""
    ready, pending = trashed(), an_asset(size=100)
    upload = an_upload(pending)
    persist(upload, "a", 60)
    throw_away(pending)
    await engine.save(ready, pending, upload)
    assert (await engine.views.asset(ready.asset_id, ANN)).delete_time == NOW
    assert (await engine.views.download(ready.asset_id, ANN)).content == ready.content
    assert (await engine.views.upload(pending.asset_id, ANN)).persisted_size == 60


async def test_it_counts_against_all_limits(engine: Engine) -> None:
    """As before it was moved there, and its upload as well; it is counted apart from what is not in the trash."""
    ready, pending = a_ready_asset(SAID, size=7), an_asset(size=5)
    kept = a_ready_asset(size=1, content_type="video/mp4")
    await engine.save(ready, pending, kept)
    used = (await engine.views.stats(ANN)).usage
    for asset in (ready, pending):
        throw_away(asset)
        await change(engine, asset)
    stats = await engine.views.stats(ANN)
    assert (stats.usage, stats.trash) == (used, TrashStats(2, 12))
    assert stats.kinds == [KindStats(AssetKind.VIDEO, 1, 1)]
    async with engine.unit() as unit:
        assert await unit.assets.usage(ANN) == used
    assert await engine.inventory.stored_bytes() == 8
    upload = an_upload(pending)
    persist(upload, "a", 60)
    await engine.save(upload)
    stats = await engine.views.stats(ANN)
    assert (stats.usage.reserved_bytes, stats.trash) == (68, TrashStats(2, 67))
    async with engine.unit() as unit:
        await unit.uploads.remove(upload)
        await unit.commit()
    assert (await engine.views.stats(ANN)).trash == TrashStats(2, 12)
    await engine.remove(pending, ready)
    stats = await engine.views.stats(ANN)
    assert (stats.usage.reserved_bytes, stats.usage.pending_count, stats.trash) == (1, 0, TrashStats())
    await engine.remove(kept)
    assert (await engine.views.stats(ANN)).usage == Usage()


async def test_it_is_due_when_its_time_is_over(engine: Engine) -> None:
    """Those of all owners, whose time is over longest first, and none before; a restored one is not."""
    first, second, restored = trashed(1), trashed(2, owner_id=BOB), trashed(1)
    await engine.save(second, first, restored, a_ready_asset())
    restored.restore()
    await change(engine, restored)
    assert await due(engine, 30) == []
    assert await due(engine, 31) == [first.asset_id]
    assert await due(engine, 32) == [first.asset_id, second.asset_id]
    throw_away(restored, 40)
    await change(engine, restored)
    assert await due(engine, 69) == [first.asset_id, second.asset_id]
    await engine.remove(first)
    assert await due(engine, 70) == [second.asset_id, restored.asset_id]


async def test_several_owners_have_it_in_their_trash(engine: Engine) -> None:
    """Each of them; who leaves it has it there no longer, and pays no longer."""
    asset = a_ready_asset(SAID, size=7)
    asset.owner_ids = (ANN, BOB)
    throw_away(asset)
    await engine.save(asset)
    assert await in_trash(engine) == await in_trash(engine, BOB) == [asset.asset_id]
    asset.owner_ids = (BOB,)
    await change(engine, asset)
    assert (await in_trash(engine), await in_trash(engine, BOB)) == ([], [asset.asset_id])
    assert [(await engine.views.stats(owner)).usage.reserved_bytes for owner in (ANN, BOB)] == [0, 7]


async def test_nothing_that_looks_after_all_assets_misses_it(engine: Engine) -> None:
    """Those who take an owner's assets, wrap keys anew, walk through all, or ask what is known of a file."""
    asset, other = trashed(), a_ready_asset(owner_id=BOB)
    await engine.save(asset, other)
    assert asset.content is not None
    async with engine.unit() as unit:
        assert await unit.assets.owned_by(ANN, 9) == [asset]
        assert asset in await unit.assets.not_wrapped_with("kek-2", 9)
    assert {found.asset_id async for found in all_assets(engine.inventory)} == {asset.asset_id, other.asset_id}
    assert await engine.inventory.known_blobs([asset.content.blob_key]) == {asset.content.blob_key}
    asset.rewrap(WrappedKey("kek-2", b"anew"))
    await change(engine, asset)
    assert await everything(engine, TRASH) == [asset.asset_id]


@pytest.mark.parametrize("is_there", [True, False])
async def test_an_asset_of_another_store_is_where_it_was(engine: Engine, is_there: bool) -> None:
    """One that is added with a version of before is in the trash if it was."""
    asset = replace(a_ready_asset(SAID), version=6)
    if is_there:
        throw_away(asset)
    async with engine.unit() as unit:
        await unit.assets.add(asset)
        await unit.commit()
    expected: list[AssetId] = [asset.asset_id] if is_there else []
    assert await everything(engine, TRASH) == await in_trash(engine) == await due(engine, 30) == expected
    assert (await everything(engine, AssetQuery(ANN, 9)) == []) is is_there
