"""Records that were damaged in the database, over the engines that store them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from bson import encode
from bson.datetime_ms import DatetimeMS
from bson.raw_bson import RawBSONDocument

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.damaged import DamagedAsset, DamagedUpload
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.events import AssetDeleted
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.search import SearchQuery
from emo_grpc.assets.service_layer.stats import TrashStats
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField, TagCount
from emo_grpc.shared.adapters.mongo.database import READABLE
from emo_grpc.shared.adapters.mongo.documents import Document
from stored import stored

from .engines import Engine, mongo_database, on_mongo, on_sqlite, sqlite_database
from .samples import ANN, BOB, NOW, a_ready_asset, an_asset, an_upload, persist

SAID = Description(title="The lake", tags=("a", "b"), people=("Ann",))


@dataclass
class Damaging:
    """An engine, and what damages the document of an asset, or of an upload, in it, or gives it another's id."""

    engine: Engine
    damage: Callable[[str, AssetId], Awaitable[None]]
    set_id: Callable[[str, AssetId, AssetId], Awaitable[None]]


@pytest.fixture(params=["sqlite", "mongo"])
async def damaging(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Damaging]:
    if request.param == "sqlite":

        async def damage_row(table: str, asset_id: AssetId) -> None:
            with stored(tmp_path) as connection:
                connection.execute(
                    f"UPDATE {table} SET document = CAST(replace(document, '\"', x'ff') AS TEXT) WHERE asset_id = ?",
                    (asset_id.value.bytes,),
                )

        async def set_id_in_row(table: str, asset_id: AssetId, other: AssetId) -> None:
            with stored(tmp_path) as connection:
                connection.execute(
                    f"UPDATE {table} SET document = json_set(document, '$.asset_id', ?) WHERE asset_id = ?",
                    (str(other), asset_id.value.bytes),
                )

        async with sqlite_database(tmp_path) as sqlite:
            yield Damaging(on_sqlite(sqlite), damage_row, set_id_in_row)
    else:
        async with mongo_database(request.getfixturevalue("mongod_url")) as mongo:

            async def damage_record(collection: str, asset_id: AssetId) -> None:
                changed = {"$rename": {"document.owner_ids": "document.ovner_ids"}}
                await mongo.collection(collection).update_one({"_id": asset_id.value}, changed)

            async def set_id_in_record(collection: str, asset_id: AssetId, other: AssetId) -> None:
                changed = {"$set": {"document.asset_id": str(other)}}
                await mongo.collection(collection).update_one({"_id": asset_id.value}, changed)

            yield Damaging(on_mongo(mongo), damage_record, set_id_in_record)


def no_text(record: Document) -> bytes:
    return encode(record, codec_options=READABLE).replace(b"The lake", b"The \xfflake"[:8])


def no_time(record: Document) -> bytes:
    record["document"]["create_time"] = DatetimeMS(10**17)
    return encode(record, codec_options=READABLE)


async def test_a_damaged_asset_is_told_of(damaging: Damaging) -> None:
    """Who asks for it is told; lists show the others and name it; what is left of it can still be found."""
    engine = damaging.engine
    assets = [a_ready_asset(SAID), an_asset(SAID), a_ready_asset(SAID)]
    await engine.save(*assets)
    bad, content = assets[0], assets[0].content
    assert content is not None
    await damaging.damage("assets", bad.asset_id)
    for ask in (engine.views.asset, engine.views.upload, engine.views.download):
        with pytest.raises(AssetRecordCorrupt) as caught:
            await ask(bad.asset_id, ANN)
        assert caught.value.metadata == {"asset_id": str(bad.asset_id)}
    page = await engine.views.page(AssetQuery(ANN, 2))
    rest = await engine.views.page(AssetQuery(ANN, 2, after=page.cursor))
    shown = [view.asset_id for view in (*page.items, *rest.items)]
    assert sorted(shown) == sorted(asset.asset_id for asset in assets[1:])
    assert [*page.unreadable, *rest.unreadable] == [bad.asset_id.value]
    searched = await engine.search.page(SearchQuery(ANN, "lake", 9, AssetFilter()))
    assert (len(searched.matches), list(searched.unreadable)) == (2, [bad.asset_id.value])
    left = DamagedAsset(version=1, asset_id=bad.asset_id, owner_ids=(ANN,), blob_key=content.blob_key)
    async with engine.unit() as unit:
        with pytest.raises(AssetRecordCorrupt):
            await unit.assets.get(bad.asset_id)
        assert await unit.assets.find(bad.asset_id) == left
        for found in (await unit.assets.owned_by(ANN, 9), await unit.assets.not_wrapped_with("kek-2", 9)):
            assert [asset for asset in found if isinstance(asset, DamagedAsset)] == [left]
    assert [asset for asset in await engine.inventory.assets(None, 9) if not isinstance(asset, Asset)] == [left]


async def test_an_id_that_was_changed_leads_no_walk_astray(damaging: Damaging) -> None:
    """Who goes through all of them meets each under the id that it is stored under, and leaves none out."""
    engine, assets = damaging.engine, sorted((an_asset() for _ in range(3)), key=lambda asset: asset.asset_id)
    await engine.save(*assets, *(an_upload(asset) for asset in assets))
    ids = [asset.asset_id for asset in assets]
    for table in ("assets", "uploads"):
        await damaging.set_id(table, ids[0], ids[2])
        await damaging.set_id(table, ids[2], ids[0])
    inventory = engine.inventory
    for page in (inventory.assets, inventory.uploads):
        assert [found.asset_id for after in (None, *ids) for found in await page(after, 1)] == ids


async def test_a_damaged_asset_can_be_removed(damaging: Damaging) -> None:
    """With its key, its place in lists and in counters; and its file is told to go."""
    engine = damaging.engine
    ready, pending, kept = a_ready_asset(SAID), an_asset(SAID, size=9), a_ready_asset(SAID, owner_id=BOB)
    await engine.save(ready, pending, kept)
    for asset in (ready, pending):
        await damaging.damage("assets", asset.asset_id)
    async with engine.unit() as unit:
        for asset in (ready, pending):
            found = await unit.assets.find(asset.asset_id)
            assert found is not None
            found.delete()
            await unit.assets.remove(found)
        await unit.commit()
    for asset in (ready, pending):
        async with engine.unit() as unit:
            assert await unit.assets.find(asset.asset_id) is None
    page = await engine.views.page(AssetQuery(ANN, 9))
    assert (page.items, page.unreadable, await engine.views.tag_cloud(ANN, 9)) == ([], [], [])
    stats = await engine.views.stats(ANN)
    assert (stats.kinds, stats.usage) == ([], Usage())
    assert await engine.views.tag_cloud(BOB, 9) == [TagCount("a", 1), TagCount("b", 1)]
    assert len((await engine.views.page(AssetQuery(None, 9))).items) == 1
    assert ready.content is not None
    told = {row.event for row in await engine.outbox.rows(None, 9)}
    assert told == {AssetDeleted(asset_id=ready.asset_id, blob_key=ready.content.blob_key)}


async def test_a_damaged_asset_in_the_trash_can_be_removed(damaging: Damaging) -> None:
    """It is found there, named by its list, due like others, and goes with all that it counted."""
    engine, trash = damaging.engine, AssetQuery(ANN, 9, sort_field=SortField.UPDATE_TIME, in_trash=True)
    bad, whole = a_ready_asset(SAID), a_ready_asset(SAID)
    for asset in (bad, whole):
        asset.move_to_trash(now=NOW, purge_time=NOW)
    await engine.save(bad, whole)
    await damaging.damage("assets", bad.asset_id)
    page = await engine.views.page(trash)
    assert ([view.asset_id for view in page.items], page.unreadable) == ([whole.asset_id], [bad.asset_id.value])
    async with engine.unit() as unit:
        for asked in (unit.assets.in_trash(ANN, 9), unit.assets.due(NOW, 9), unit.assets.owned_by(ANN, 9)):
            (found,) = [asset for asset in await asked if isinstance(asset, DamagedAsset)]
            assert (found.asset_id, found.owner_ids) == (bad.asset_id, (ANN,))
        await unit.assets.remove(found)
        await unit.commit()
    assert (await engine.views.page(trash)).unreadable == []
    assert (await engine.views.stats(ANN)).trash == TrashStats(1, 10)
    assert await engine.views.tag_cloud(ANN, 9) == []
    await engine.remove(whole)
    assert (await engine.views.stats(ANN)).usage == Usage()


async def test_a_damaged_upload_can_be_dropped(damaging: Damaging) -> None:
    """It is found with the others when its time is over, and what it counted is given back."""
    engine = damaging.engine
    asset = an_asset(size=1)
    upload = an_upload(asset, expire_time=NOW)
    persist(upload, "a", 60)
    await engine.save(asset, upload)
    await damaging.damage("uploads", asset.asset_id)
    left = DamagedUpload(version=1, asset_id=asset.asset_id, blob_key=upload.blob_key)
    assert await engine.inventory.uploads(None, 9) == [left]
    async with engine.unit() as unit:
        with pytest.raises(AssetRecordCorrupt):
            await unit.uploads.get(asset.asset_id)
        assert await unit.uploads.not_wrapped_with("kek-2", 9) == [left]
        (found,) = await unit.uploads.expired(NOW, 9)
        assert found == left
        await unit.uploads.remove(found)
        await unit.commit()
    assert await engine.inventory.uploads(None, 9) == []
    assert (await engine.views.stats(ANN)).usage.reserved_bytes == 1


@pytest.mark.parametrize("make", [no_text, no_time])
async def test_what_pymongo_would_not_decode_costs_one_asset(
    mongod_url: str, make: Callable[[Document], bytes]
) -> None:
    """Text that is no UTF-8, and a time beyond all years, are damage to their asset; lists show the others."""
    async with mongo_database(mongod_url) as database:
        engine, collection = on_mongo(database), database.collection("assets")
        bad, whole = a_ready_asset(SAID), a_ready_asset(SAID)
        await engine.save(bad, whole)
        found = await collection.find_one_and_delete({"_id": bad.asset_id.value})
        assert found is not None
        await collection.insert_one(RawBSONDocument(make(found)))
        page = await engine.views.page(AssetQuery(ANN, 9))
        assert ([view.asset_id for view in page.items], page.unreadable) == ([whole.asset_id], [bad.asset_id.value])
        with pytest.raises(AssetRecordCorrupt):
            await engine.views.asset(bad.asset_id, ANN)
