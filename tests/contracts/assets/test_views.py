"""The queries on assets, over every engine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.adapters.queries.page_builder import max_message_bytes
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.entrypoints.present import asset_message
from emo_grpc.assets.service_layer.stats import KindStats
from emo_grpc.assets.service_layer.views import (
    AssetFilter,
    AssetQuery,
    AssetView,
    DownloadView,
    SortField,
    TagCount,
    UploadView,
)
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .listed import everything, expected, pages
from .samples import ANN, BOB, NOW, WEEK, a_ready_asset, an_asset, an_upload, content, persist

DAY = timedelta(days=1)


def view_of(asset: Asset) -> AssetView:
    return AssetView(
        asset_id=asset.asset_id,
        owner_ids=asset.owner_ids,
        description=asset.description,
        file=asset.file,
        state=asset.state,
        create_time=asset.create_time,
        update_time=asset.update_time,
        etag=asset.etag,
    )


def library() -> list[Asset]:
    """Assets that differ in everything that lists look at, with ties in each sort key."""
    made = []
    types = ("image/jpeg", "image/png", "video/mp4", "application/pdf")
    titles = ("b", "a", "B", "é", "e\u0301", "ﬀ", "🙂", "a b", "a", "Z", "\uffff", "ab")
    for at in range(24):
        description = Description(
            title=titles[at % len(titles)],
            tags=tuple(tag for every, tag in ((2, "two"), (3, "three"), (24, "rare")) if at % every == 0),
            people=tuple(person for every, person in ((2, "Ann"), (5, "Bob")) if at % every == 0),
            bookmarked=at % 4 == 0,
            event_date=None if at % 3 == 0 else NOW - (at % 5) * 20000 * DAY,
            folder=("", "a", "a/b", "ab")[at // 4 % 4],
        )
        make = a_ready_asset if at % 3 else an_asset
        made.append(make(description, content_type=types[at % 4], size=at, now=NOW + at % 7 * DAY))
    for at, asset in enumerate(made):
        asset.describe(replace(asset.description, location="somewhere"), asset.file, now=NOW + at % 11 * DAY)
    return made


FILTERS = {
    "none": AssetFilter(),
    "a type": AssetFilter(content_types=("image/png",)),
    "a family": AssetFilter(content_types=("image/*",)),
    "types": AssetFilter(content_types=("video/mp4", "image/png", "video/mp4")),
    "a family and one of it": AssetFilter(content_types=("image/png", "image/*", "application/pdf")),
    "an unknown type": AssetFilter(content_types=("model/step", "image")),
    "a tag": AssetFilter(tags=("two",)),
    "a rare tag": AssetFilter(tags=("rare",)),
    "tags": AssetFilter(tags=("two", "three", "two")),
    "an unknown tag": AssetFilter(tags=("two", "Ann")),
    "a person": AssetFilter(people=("Ann",)),
    "people": AssetFilter(people=("Ann", "Bob")),
    "bookmarked": AssetFilter(bookmarked=True),
    "not bookmarked": AssetFilter(bookmarked=False),
    "pending": AssetFilter(states=(AssetState.PENDING,)),
    "ready": AssetFilter(states=(AssetState.READY, AssetState.READY)),
    "any state": AssetFilter(states=(AssetState.READY, AssetState.PENDING)),
    "a kind": AssetFilter(kinds=(AssetKind.PHOTO,)),
    "kinds": AssetFilter(kinds=(AssetKind.DOCUMENT, AssetKind.VIDEO, AssetKind.VIDEO)),
    "any kind": AssetFilter(kinds=tuple(AssetKind)),
    "a kind of a type": AssetFilter(content_types=("image/png", "video/*"), kinds=(AssetKind.PHOTO,)),
    "the top": AssetFilter(folder=""),
    "everything below the top": AssetFilter(folder="", in_subfolders=True),
    "a folder": AssetFilter(folder="a"),
    "a folder and all below it": AssetFilter(folder="a", in_subfolders=True),
    "a folder that is not there": AssetFilter(folder="b"),
    "much": AssetFilter(("image/*",), ("two", "three"), ("Ann",), bookmarked=True, states=(AssetState.PENDING,)),
}


async def test_one_asset(engine: Engine) -> None:
    """Its owners see all of it, with the etag that its next change is checked against."""
    pending, ready = an_asset(), a_ready_asset(Description(title="x", event_date=NOW, tags=("a",), people=("b",)))
    ready.owner_ids = (ANN, BOB)
    await engine.save(pending, ready)
    await engine.save(ready)
    assert await engine.views.asset(pending.asset_id, ANN) == view_of(pending)
    assert await engine.views.asset(ready.asset_id, ANN) == view_of(ready)
    assert await engine.views.asset(ready.asset_id, BOB) == view_of(ready)


async def test_an_asset_of_somebody_else_is_not_found(engine: Engine) -> None:
    """An unknown asset, one of another owner, and a removed one look the same to each query."""
    removed, of_bob = an_asset(), an_asset(owner_id=BOB)
    await engine.save(removed, of_bob)
    await engine.remove(removed)
    for asset_id in (AssetId.new(), removed.asset_id, of_bob.asset_id):
        for query in (engine.views.asset, engine.views.upload, engine.views.download):
            with pytest.raises(AssetNotFound):
                await query(asset_id, ANN)


async def test_an_upload_s_progress(engine: Engine) -> None:
    """From nothing, begun or not, over what is persisted to the file's size; only what is persisted can expire.

    With what an upload is begun by: the size that was declared, and the owners.
    """
    shown = partial(UploadView, complete=False, expire_time=None, declared_size=100, owner_ids=(ANN,))
    asset = an_asset(size=100)
    await engine.save(asset)
    assert await engine.views.upload(asset.asset_id, ANN) == shown(0)
    upload = an_upload(asset, expire_time=NOW + WEEK)
    await engine.save(upload)
    assert await engine.views.upload(asset.asset_id, ANN) == shown(0)
    persist(upload, "a", 60)
    await engine.save(upload)
    assert await engine.views.upload(asset.asset_id, ANN) == shown(60, expire_time=NOW + WEEK)
    asset.complete(content(100), now=NOW)
    await engine.save(asset)
    assert await engine.views.upload(asset.asset_id, ANN) == shown(100, complete=True)


async def test_what_a_download_needs(engine: Engine) -> None:
    """The content once the file is complete."""
    pending, ready = an_asset(size=9), a_ready_asset()
    await engine.save(pending, ready)
    assert await engine.views.download(pending.asset_id, ANN) == DownloadView(pending.file, None)
    assert await engine.views.download(ready.asset_id, ANN) == DownloadView(ready.file, ready.content)


@pytest.mark.parametrize("chosen", FILTERS.values(), ids=FILTERS)
async def test_each_filter_in_each_order(engine: Engine, chosen: AssetFilter) -> None:
    """A list holds just the assets that match, in order, for one owner and over all, whatever the page size."""
    mine, others = library(), [an_asset(owner_id=BOB, content_type="image/png", now=NOW + DAY)]
    await engine.save(*mine, *others)
    for sort_field in SortField:
        for descending in (True, False):
            for owner_id, assets in ((ANN, mine), (None, mine + others)):
                query = AssetQuery(owner_id, 5, chosen, sort_field, descending)
                assert await everything(engine, query) == expected(assets, query)


async def test_a_page_shows_assets_as_they_are(engine: Engine) -> None:
    """A list shows the same as a single read."""
    assets = [an_asset(), a_ready_asset(now=NOW - DAY)]
    await engine.save(*assets)
    page = await engine.views.page(AssetQuery(ANN, 10))
    assert list(page.items) == [view_of(asset) for asset in assets]


async def test_a_page_ends_before_it_is_too_large(engine: Engine) -> None:
    """Descriptions of full length make shorter pages, which go on where they ended, without one lost or twice."""
    large = Description(
        title="🙂" * 200,
        description="🙂" * 5000,
        tags=tuple(f"{number:02}" + "🙂" * 48 for number in range(50)),
        people=tuple(f"{number:02}" + "🙂" * 98 for number in range(50)),
        location="🙂" * 200,
    )
    for _ in range(70):  # all at once are too much for a transaction of MongoDB
        await engine.save(an_asset(large))
    query, found, sizes = AssetQuery(ANN, 1000), list[AssetId](), list[int]()
    while True:
        page = await engine.views.page(query)
        message = pb.ListAssetsResponse(assets=[asset_message(view) for view in page.items])
        assert 0 < message.ByteSize() < 3 << 20
        assert all(asset_message(view).ByteSize() + 5 <= max_message_bytes(view) for view in page.items)
        found += [view.asset_id for view in page.items]
        sizes.append(len(page.items))
        if page.cursor is None:
            break
        query = replace(query, after=page.cursor)
    assert sizes[0] > 50
    assert len(found) == len(set(found)) == 70


async def test_the_last_page_says_so(engine: Engine) -> None:
    """There is no cursor after the last asset, also when it fills its page; an empty list is one empty page."""
    await engine.save(*(an_asset() for _ in range(4)))
    assert [len(page.items) for page in await pages(engine, AssetQuery(ANN, 2))] == [2, 2]
    assert [len(page.items) for page in await pages(engine, AssetQuery(ANN, 3))] == [3, 1]
    assert [len(page.items) for page in await pages(engine, AssetQuery(BOB, 3))] == [0]


@pytest.mark.parametrize("sort_field", SortField)
@pytest.mark.parametrize("chosen", [AssetFilter(), AssetFilter(tags=("two",))], ids=["all", "tagged"])
async def test_pages_while_assets_come_and_go(engine: Engine, sort_field: SortField, chosen: AssetFilter) -> None:
    """What is there all the time is listed exactly once, though others come and go between the pages."""
    stable, going = library(), library()
    await engine.save(*stable, *going)
    query = AssetQuery(ANN, 3, chosen, sort_field)
    seen: list[AssetId] = []
    while True:
        page = await engine.views.page(query)
        seen += [asset.asset_id for asset in page.items]
        if page.cursor is None:
            break
        if going:
            await engine.remove(going.pop())
            await engine.save(*library()[:2])
        query = replace(query, after=page.cursor)
    assert len(set(seen)) == len(seen)
    ours = {asset.asset_id for asset in stable}
    assert [asset_id for asset_id in seen if asset_id in ours] == expected(stable, query)


async def test_lists_follow_changes(engine: Engine) -> None:
    """A change of anything that lists look at shows in every list, and in nobody else's."""
    asset = a_ready_asset(FILTER_ME)
    await engine.save(asset)
    asset.owner_ids = (BOB,)
    changed = Description(title="z", tags=("three",), people=(), bookmarked=False, event_date=NOW)
    asset.describe(changed, replace(asset.file, content_type="video/mp4"), now=NOW + DAY)
    await engine.save(asset)
    for chosen in FILTERS.values():
        for owner_id in (ANN, BOB, None):
            query = AssetQuery(owner_id, 5, chosen)
            assert await everything(engine, query) == expected([asset], query)
    assert await engine.views.tag_cloud(ANN, 9) == []
    assert await engine.views.tag_cloud(BOB, 9) == [TagCount("three", 1)]


FILTER_ME = Description(title="a", tags=("two", "rare"), people=("Ann", "Bob"), bookmarked=True)


async def test_a_viewer_does_not_see_others_extra_private_assets(engine: Engine) -> None:
    """They are left out of a viewer's lists, unless the viewer owns them."""
    secret = Description(title="x", tags=("t",), extra_private=True)
    open_one, of_ann = an_asset(replace(secret, extra_private=False)), an_asset(secret)
    of_bob, of_both = an_asset(secret, owner_id=BOB), an_asset(secret)
    of_both.owner_ids = (ANN, BOB)
    assets = [open_one, of_ann, of_bob, of_both]
    await engine.save(*assets)
    for chosen in (AssetFilter(), AssetFilter(tags=("t",))):
        for sort_field in SortField:
            for owner_id in (None, ANN, BOB):
                for viewer_id in (None, ANN, BOB, UserId(uuid4())):
                    query = AssetQuery(owner_id, 2, chosen, sort_field, viewer_id=viewer_id)
                    assert await everything(engine, query) == expected(assets, query)
    hidden = AssetQuery(None, 9, viewer_id=BOB)
    assert of_ann.asset_id not in await everything(engine, hidden)


async def test_times_outside_of_the_epoch_s_reach(engine: Engine) -> None:
    """The first and last date there is sort like any other, after assets without a date."""
    dates = (None, datetime.min.replace(tzinfo=UTC), NOW, datetime.max.replace(tzinfo=UTC))
    assets = [an_asset(Description(title="x", event_date=date)) for date in dates]
    await engine.save(*assets)
    query = AssetQuery(ANN, 1, sort_field=SortField.EVENT_DATE, descending=False)
    assert await everything(engine, query) == [asset.asset_id for asset in assets]


async def test_stats(engine: Engine) -> None:
    """Counts by kind, bytes of complete files, and what counts against the quota."""
    assert (await engine.views.stats(ANN)).kinds == []
    pending = an_asset(size=50)
    unknown = an_asset(content_type="text/plain")
    upload = an_upload(unknown)
    persist(upload, "a", 3)
    photos = [a_ready_asset(size=size) for size in (10, 20)]
    await engine.save(pending, unknown, upload, *photos, a_ready_asset(size=99, owner_id=BOB))
    found = await engine.views.stats(ANN)
    assert list(found.kinds) == [KindStats(AssetKind.PHOTO, 3, 30), KindStats(AssetKind.DOCUMENT, 1, 0)]
    assert found.usage.reserved_bytes == 50 + 3 + 30


async def test_stats_follow_changes(engine: Engine) -> None:
    """Another kind, a completion and a removal move what was counted."""
    asset, video = an_asset(size=5), a_ready_asset(size=7, content_type="video/mp4")
    await engine.save(asset, video)
    asset.describe(asset.description, replace(asset.file, content_type="audio/ogg"), now=NOW)
    asset.complete(content(6), now=NOW)
    await engine.save(asset)
    found = await engine.views.stats(ANN)
    assert list(found.kinds) == [KindStats(AssetKind.VIDEO, 1, 7), KindStats(AssetKind.AUDIO, 1, 6)]
    assert found.usage.reserved_bytes == 13
    await engine.remove(asset)
    await engine.remove(video)
    found = await engine.views.stats(ANN)
    assert (list(found.kinds), found.usage.reserved_bytes) == ([], 0)


async def test_tag_cloud(engine: Engine) -> None:
    """The most used tags first, ties by name in the order of code points, up to the limit, of this owner only."""
    await engine.save(
        an_asset(Description(title="x", tags=("é", "a", "Z"), people=("a",))),
        an_asset(Description(title="x", tags=("a", "b"))),
        an_asset(Description(title="x", tags=("b",)), owner_id=BOB),
    )
    cloud = [TagCount("a", 2), TagCount("Z", 1), TagCount("b", 1), TagCount("é", 1)]
    assert await engine.views.tag_cloud(ANN, 10) == cloud
    assert await engine.views.tag_cloud(ANN, 2) == cloud[:2]
