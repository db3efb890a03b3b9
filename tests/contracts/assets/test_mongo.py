"""What is peculiar to MongoDB: which indexes its queries go through, and what a removal leaves in the database."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from emo_grpc.assets.adapters.documents.asset import asset_to_document
from emo_grpc.assets.adapters.documents.upcasters import ASSET_VERSION, AssetUpcasters
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS as CURRENT
from emo_grpc.assets.adapters.documents.upload import upload_to_document
from emo_grpc.assets.adapters.mongo.facet_counters import FOLDED, KNOWN_DATE
from emo_grpc.assets.adapters.mongo.kek_ids import used_kek_ids
from emo_grpc.assets.adapters.mongo.schema import ASSETS, INDEXES, PEOPLE, PERIODS, PLACES, TAGS, UPLOADS, USAGE
from emo_grpc.assets.adapters.mongo.unit_of_work import MongoAssetsUnitOfWork
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.assets.domain.folder_move import Place
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.folder_views import FolderQuery, FolderView
from emo_grpc.assets.service_layer.label_views import LabelOrder, LabelQuery, TimelineQuery, TimelineUnit
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.schema_versions import Raw, UnknownSchemaVersion, upcast

from .engines import SUBSCRIPTIONS, Engine, mongo_database, on_mongo, store_and_remove
from .labelled import LABELLED, counted
from .samples import ANN, BOB, NOW, a_ready_asset, an_asset, an_upload, persist

PAST = Path(__file__).parents[2] / "fixtures" / "documents"
MANY, LIMIT = 150, 5
ONE_RANGE = {
    "all": AssetFilter(),
    "type": AssetFilter(content_types=("image/png",)),
    "family": AssetFilter(content_types=("image/*",)),
    "common tag": AssetFilter(tags=("common",)),
    "person": AssetFilter(people=("Ann",)),
    "bookmarked": AssetFilter(bookmarked=True),
    "not bookmarked": AssetFilter(bookmarked=False),
    "pending": AssetFilter(states=(AssetState.PENDING,)),
    "folder": AssetFilter(folder="a/b"),
    "folders": AssetFilter(folder="a", in_subfolders=True),
}
TYPES = AssetFilter(content_types=("image/png", "video/*", "text/plain"))


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with mongo_database(mongod_url) as made:
        yield made


@pytest.fixture
def engine(database: MongoDatabase) -> Engine:
    return on_mongo(database)


@asynccontextmanager
async def profiled(database: MongoDatabase) -> AsyncIterator[list[Document]]:
    """What the server tells of each query in the block, once that is over; it keeps the last few hundred."""
    log = database.collection("system.profile")
    seen: list[Document] = []
    await log.database.command("profile", 2)
    try:
        yield seen
        await log.database.command("profile", 0)
        seen += await log.find(
            {"ns": {"$regex": "[.](asset|upload|folder)"}, "planSummary": {"$exists": True}}
        ).to_list()
    finally:
        await log.database.command("profile", 0)
        await log.drop()


async def fill(engine: Engine) -> None:
    """Many assets of Ann's and some of Bob's, alike in most that they are found by."""
    for owner_id, count in ((ANN, MANY), (BOB, 20)):
        made = []
        for at in range(count):
            tags = ("common", "rare") if at % 50 == 0 else ("common",)
            description = Description(title="IMG", tags=tags, people=("Ann",), bookmarked=at % 2 == 0, folder="a/b")
            make = an_asset if at % 2 else a_ready_asset
            content_type = ("image/png", "video/mp4")[at // 2 % 2]
            made.append(make(description, owner_id=owner_id, content_type=content_type))
        await engine.save(*made)


def lists_by(chosen: AssetFilter) -> list[AssetQuery]:
    return [
        AssetQuery(owner_id, LIMIT, chosen, sort_field, descending, viewer_id)
        for sort_field in SortField
        for owner_id, viewer_id in ((ANN, None), (None, None), (None, ANN))
        for descending in (True, False)
    ]


async def read_pages(engine: Engine, queries: list[AssetQuery]) -> None:
    """The first page of each list, and one that lies deep in it."""
    for query in queries:
        deep = await engine.views.page(replace(query, limit=25))
        assert deep.cursor is not None
        for after in (None, deep.cursor):
            assert (await engine.views.page(replace(query, after=after))).cursor is not None


def of_pages(operations: list[Document]) -> list[Document]:
    return [operation for operation in operations if operation["command"]["limit"] == LIMIT + 1]


async def test_a_page_by_one_filter_is_one_range(engine: Engine, database: MongoDatabase) -> None:
    """In each order, by each filter, first and deep: a page reads its documents and no other, and nothing is sorted."""
    await fill(engine)
    for chosen in ONE_RANGE.values():
        queries = lists_by(chosen)
        async with profiled(database) as operations:
            await read_pages(engine, queries)
        pages = of_pages(operations)
        assert len(pages) == 2 * len(queries)
        for page in pages:
            assert page["planSummary"].startswith("IXSCAN { found_by: 1, order."), page["planSummary"]
            assert page["docsExamined"] == page["keysExamined"] == page["nreturned"] == LIMIT + 1
            assert "hasSortStage" not in page


async def test_a_page_by_several_types_merges_their_ranges(engine: Engine, database: MongoDatabase) -> None:
    """It reads at most one index entry more for each type."""
    await fill(engine)
    queries = lists_by(TYPES)
    async with profiled(database) as operations:
        await read_pages(engine, queries)
    pages = of_pages(operations)
    assert len(pages) == 2 * len(queries)
    for page in pages:
        assert page["planSummary"].count("IXSCAN { found_by: 1, order.") == len(TYPES.content_types)
        assert page["docsExamined"] <= page["keysExamined"] <= LIMIT + 1 + len(TYPES.content_types)
        assert "hasSortStage" not in page


async def test_a_page_by_several_filters_goes_through_the_rarest(engine: Engine, database: MongoDatabase) -> None:
    """What few assets have is where such a list is looked for."""
    await fill(engine)
    rare = AssetFilter(tags=("common", "rare"), people=("Ann",), bookmarked=True)
    async with profiled(database) as operations:
        for query in lists_by(rare):
            assert len((await engine.views.page(query)).items) == (3 if query.owner_id else 4)
    pages = [operation for operation in operations if "$project" in operation["command"].get("pipeline", [{}])[-1]]
    assert len(pages) == len(lists_by(rare))
    for page in pages:
        assert page["docsExamined"] == page["keysExamined"] == page["nreturned"]
        assert "hasSortStage" not in page


async def test_other_queries_go_through_indexes_too(engine: Engine, database: MongoDatabase) -> None:
    """None goes through a collection, sorts, or reads documents that it doesn't give."""
    await fill(engine)
    asset, ready = an_asset(size=1), a_ready_asset(kek_id="kek-0")
    upload = an_upload(asset)
    persist(upload, "a", 1)
    await engine.save(asset, upload, ready)
    assert ready.content is not None
    async with profiled(database) as operations:
        async with engine.unit() as unit:
            await unit.assets.get(asset.asset_id)
            await unit.assets.owned_by(ANN, LIMIT)
            await unit.assets.with_facet(ANN, "within", "a", Place(NOW, asset.asset_id), LIMIT - 1)
            await unit.assets.folder_extent(ANN, "a", LIMIT)
            await unit.assets.folder_move(ANN)
            await unit.assets.usage(ANN)
            await unit.assets.not_wrapped_with("kek-1", LIMIT)
            await unit.assets.outdated(LIMIT)
            await unit.uploads.get(asset.asset_id)
            await unit.uploads.receipts(asset.asset_id)
            await unit.uploads.expired(NOW + timedelta(days=99), LIMIT)
            await unit.uploads.not_wrapped_with("kek-0", LIMIT)
            await unit.uploads.outdated(LIMIT)
        await engine.views.asset(asset.asset_id, ANN)
        await engine.views.upload(asset.asset_id, ANN)
        await engine.views.stats(ANN)
        await engine.views.tag_cloud(ANN, 1)
        await engine.views.folders(FolderQuery(ANN, "", LIMIT))
        await engine.views.folders(FolderQuery(ANN, "a", LIMIT))
        await engine.views.folder_move(ANN)
        for order in LabelOrder:
            for after in (None, ("common", "common") if order is LabelOrder.NAME else (MANY, "a")):
                await engine.views.labels(LabelQuery(ANN, LabelKind.TAG, 1, order, after=after))
        for descending in (False, True):
            await engine.views.timeline(TimelineQuery(ANN, TimelineUnit.YEAR, LIMIT, descending=descending))
        await engine.views.outdated()
        await engine.inventory.assets(None, LIMIT)
        await engine.inventory.assets(asset.asset_id, LIMIT)
        await engine.inventory.uploads(asset.asset_id, LIMIT)
        await engine.inventory.known_blobs([ready.content.blob_key, upload.blob_key])
        await used_kek_ids(database)
    assert len(operations) == 30 + 5 + 4
    for operation in operations:
        assert operation["planSummary"].startswith(("IXSCAN", "IDHACK", "DISTINCT_SCAN")), operation["command"]
        assert operation["keysExamined"] <= LIMIT + 1, operation["command"]
        assert operation["docsExamined"] <= LIMIT, operation["command"]
        assert "hasSortStage" not in operation, operation["command"]


async def test_queries_of_the_trash_go_through_indexes(engine: Engine, database: MongoDatabase) -> None:
    """What is in a trash, and what is due, is read in order from an index, however much else there is."""
    await fill(engine)
    for days in range(3 * LIMIT):
        asset = an_asset()
        asset.move_to_trash(now=NOW + timedelta(days=days), purge_time=NOW + timedelta(days=days + 30))
        await engine.save(asset)
    async with profiled(database) as operations, engine.unit() as unit:
        mine = await unit.assets.in_trash(ANN, LIMIT)
        due = await unit.assets.due(NOW + timedelta(days=99), LIMIT)
        none = await unit.assets.due(NOW, LIMIT)
    assert [len(found) for found in (mine, due, none)] == [LIMIT, LIMIT, 0]
    assert [operation["planSummary"] for operation in operations][1:] == ["IXSCAN { purge_time: 1 }"] * 2
    for operation in operations:
        assert operation["planSummary"].startswith("IXSCAN"), operation["command"]
        assert operation["keysExamined"] <= LIMIT + 1, operation["command"]
        assert operation["docsExamined"] <= LIMIT, operation["command"]
        assert "hasSortStage" not in operation, operation["command"]


async def test_each_counter_is_written_once(engine: Engine, database: MongoDatabase) -> None:
    """However many assets of a transaction are counted by it."""
    assets = [a_ready_asset(Description(title=f"{at}", tags=("t",), folder="a/b")) for at in range(20)]
    counters = ("asset_folders", "asset_tags", "asset_periods", "asset_usage")
    log = database.collection("system.profile")
    writes = {"op": {"$in": ["update", "remove"]}, "ns": {"$in": [f"{log.database.name}.{name}" for name in counters]}}
    await log.database.command("profile", 2)
    await engine.save(*assets)
    made = await log.count_documents(writes)
    await engine.remove(*assets)
    await log.database.command("profile", 0)
    written = await log.count_documents(writes)
    await log.drop()
    of_ann = len(["to meet others", "counters"])
    assert (made, written - made) == (len(["a", "a/b", "t", "no date"]) + of_ann, 2 + 1 + 1 + 1 + 1 + 1 + 2 + of_ann)
    for name in counters:
        assert await database.collection(name).count_documents({}) == 0


async def test_a_removal_leaves_no_document(engine: Engine, database: MongoDatabase) -> None:
    """With an asset and its upload go their receipts and counters."""
    await store_and_remove(engine)
    assert {name: await database.collection(name).count_documents({}) for name in INDEXES} == dict.fromkeys(INDEXES, 0)


async def test_a_destroyed_key_leaves_the_collections(engine: Engine, database: MongoDatabase) -> None:
    """The wrapped keys of removed assets, and replaced ones, are in no document any more."""
    assets = [a_ready_asset() for _ in range(3)]
    keys = [f"the secret key {number:02}".encode() for number in range(3)]
    for asset, key in zip(assets, keys, strict=True):
        assert asset.content is not None
        asset.content = replace(asset.content, wrapped_key=WrappedKey("kek", key))
    await engine.save(*assets)
    assert assets[0].content is not None
    assets[0].content = replace(assets[0].content, wrapped_key=WrappedKey("kek", b"x"))
    await engine.save(assets[0])
    await engine.remove(assets[1])
    left = str([document for name in INDEXES async for document in database.collection(name).find()])
    assert [b64encode(key).decode() in left for key in keys] == [False, False, True]


async def test_keys_in_use(engine: Engine, database: MongoDatabase) -> None:
    """The key-encryption keys of complete assets and of uploads, as long as something is wrapped with them."""
    old, pending = a_ready_asset(kek_id="old"), an_asset()
    await engine.save(old, a_ready_asset(kek_id="new"), a_ready_asset(kek_id="new"), pending)
    await engine.save(an_upload(pending, kek_id="other"))
    assert await used_kek_ids(database) == {"old", "new", "other"}
    await engine.remove(old)
    assert await used_kek_ids(database) == {"new", "other"}


async def store(database: MongoDatabase, collection: str, document: Raw) -> None:
    """Have the document of a collection's only member be this one."""
    await database.collection(collection).update_one({}, {"$set": {"document": document}})


@pytest.mark.parametrize("state", ["pending", "ready"])
@pytest.mark.parametrize("version", [1, 2, 3])
async def test_assets_of_the_past_are_read(engine: Engine, database: MongoDatabase, version: int, state: str) -> None:
    """The asset that an earlier release stored is read with every field."""
    past: Raw = json.loads((PAST / f"asset-v{version}-{state}.json").read_text())
    asset = an_asset()
    await engine.save(asset)
    await store(database, ASSETS, past)
    async with engine.unit() as unit:
        read = await unit.assets.get(asset.asset_id)
    assert asset_to_document(read) == upcast(past, CURRENT.assets, ASSET_VERSION)


async def test_uploads_of_the_past_are_read(engine: Engine, database: MongoDatabase) -> None:
    """The upload that an earlier release stored is read with every field."""
    past: Raw = json.loads((PAST / "upload-v1.json").read_text())
    upload = an_upload(an_asset())
    await engine.save(upload)
    await store(database, UPLOADS, past)
    async with engine.unit() as unit:
        read = await unit.uploads.get(upload.asset_id)
    assert upload_to_document(read) == past


async def test_assets_that_were_not_counted_are_counted_when_saved(engine: Engine, database: MongoDatabase) -> None:
    """An asset that a release stored which did not count metadata is counted once it is saved, and goes wholly."""
    asset = an_asset()
    await engine.save(asset)
    counted = (await engine.views.stats(ANN)).usage
    await database.collection(ASSETS).update_one({}, {"$unset": {"metadata_bytes": True}})
    await database.collection(USAGE).update_one({}, {"$unset": {"metadata_bytes": True, "pending_count": True}})
    await engine.save(asset)
    assert (await engine.views.stats(ANN)).usage == counted
    await engine.remove(asset)
    assert await database.collection(USAGE).count_documents({}) == 0


async def test_assets_of_a_release_without_folders_are_counted_when_saved(
    engine: Engine, database: MongoDatabase
) -> None:
    """One that such a release stored is in no folder until it is saved, and then at the top; it goes wholly."""
    asset, gone = an_asset(), an_asset()
    await engine.save(asset, gone)
    await database.collection(ASSETS).update_many({}, {"$pull": {"found_by": {"$regex": " folder "}}})
    await database.collection(USAGE).update_one({}, {"$unset": {"top": True}})
    at_top = AssetQuery(ANN, LIMIT, AssetFilter(folder=""))
    assert not (await engine.views.page(at_top)).items
    await engine.save(asset)
    assert (await engine.views.folders(FolderQuery(ANN, "", LIMIT))).folder == FolderView("", 1, 0, 1, 0)
    assert len((await engine.views.page(at_top)).items) == 1
    await engine.remove(asset, gone)
    assert await database.collection(USAGE).count_documents({}) == 0


def with_description(raw: Raw) -> Raw:
    """The step from an invented version 0, which called it otherwise."""
    return {"description" if name == "about" else name: value for name, value in raw.items()}


UPCASTERS = AssetUpcasters(assets={**CURRENT.assets, 0: with_description}, uploads={0: lambda raw: raw})


async def test_outdated_documents_become_current(engine: Engine, database: MongoDatabase) -> None:
    """Those of an earlier release are counted, and found up to the limit, until they are saved."""
    asset = an_asset(Description(title="x", tags=("a",)))
    upload = an_upload(asset)
    await engine.save(asset, an_asset(), upload)
    assert await engine.views.outdated() == 0
    version_0 = {"$set": {"document.schema_version": 0}}
    await database.collection(UPLOADS).update_many({}, version_0)
    await database.collection(ASSETS).update_many(
        {}, version_0 | {"$rename": {"document.description": "document.about"}}
    )
    assert await engine.views.outdated() == 3
    async with MongoAssetsUnitOfWork(
        database, EventCodec(SUBSCRIPTIONS), SUBSCRIPTIONS, lambda: NOW, UPCASTERS
    ) as unit:
        assert (len(await unit.assets.outdated(1)), await unit.assets.outdated(0)) == (1, [])
        for old in await unit.assets.outdated(9):
            assert isinstance(old, Asset)
            await unit.assets.save(old)
        for begun in await unit.uploads.outdated(9):
            assert isinstance(begun, Upload)
            await unit.uploads.save(begun)
        await unit.commit()
    assert await engine.views.outdated() == 0
    assert (await engine.views.asset(asset.asset_id, ANN)).description == asset.description


async def test_documents_of_a_later_release_are_refused(engine: Engine, database: MongoDatabase) -> None:
    """They are counted as outdated, and not read; who needs one is told that it can't be."""
    asset = an_asset()
    await engine.save(asset, an_upload(asset))
    for collection in (ASSETS, UPLOADS):
        await database.collection(collection).update_many({}, {"$set": {"document.schema_version": 99}})
    assert await engine.views.outdated() == 2
    async with engine.unit() as unit:
        for get in (unit.assets.get, unit.uploads.get):
            with pytest.raises(AssetRecordCorrupt):
                await get(asset.asset_id)
        with pytest.raises(UnknownSchemaVersion):
            await unit.assets.outdated(9)
        with pytest.raises(UnknownSchemaVersion):
            await unit.uploads.outdated(9)


async def store_as_earlier(database: MongoDatabase) -> None:
    """Have the only asset be stored as a release did that counted tags alone."""
    record = await database.collection(ASSETS).find_one()
    assert record is not None
    lists = [name for name in record["found_by"] if name.partition(" ")[2].split(" ")[0] not in ("folder", "location")]
    earlier = {"$set": {"document.schema_version": 2, "found_by": lists}, "$unset": {KNOWN_DATE: True}}
    await database.collection(ASSETS).update_one({}, earlier)
    await database.collection(TAGS).update_many({}, {"$unset": {FOLDED: True}})
    for name in (PEOPLE, PLACES, PERIODS):
        await database.collection(name).delete_many({})


async def test_labels_of_an_earlier_release_count_when_saved(engine: Engine, database: MongoDatabase) -> None:
    """An asset that a release stored which counted tags alone is counted by all once it is saved, and goes wholly."""
    asset = an_asset(LABELLED)
    await engine.save(asset)
    await store_as_earlier(database)
    assert await counted(engine) == ([], ["sea"], [], [], [])
    await engine.save(asset)
    assert await counted(engine) == (["sea"], ["sea"], ["Ann"], ["Zürich"], ["1994"])
    await engine.remove(asset)
    assert await counted(engine) == ([], [], [], [], [])


async def test_an_asset_of_an_earlier_release_takes_what_it_counted(engine: Engine, database: MongoDatabase) -> None:
    """One that is removed before it was counted by its people, place and date takes nothing from those of others."""
    other, asset = an_asset(LABELLED), an_asset(LABELLED)
    await engine.save(asset)
    await store_as_earlier(database)
    await engine.save(other)
    await engine.remove(asset)
    assert await counted(engine) == (["sea"], ["sea"], ["Ann"], ["Zürich"], ["1994"])
    await engine.remove(other)
    assert await counted(engine) == ([], [], [], [], [])


async def test_a_damaged_asset_takes_what_it_counted(engine: Engine, database: MongoDatabase) -> None:
    """What it was counted by is not known from its document any more, and goes all the same."""
    await engine.save(an_asset(LABELLED))
    await database.collection(ASSETS).update_one({}, {"$set": {"document.description": None}})
    async with engine.unit() as unit:
        (damaged,) = await unit.assets.owned_by(ANN, 9)
        await unit.assets.remove(damaged)
        await unit.commit()
    assert await counted(engine) == ([], [], [], [], [])
