"""The repositories of assets and uploads, over every engine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.domain.errors import AssetNotFound, OwnerRemoved, UploadNotFound
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.domain.usage import BYTES_PER_ASSET, BYTES_PER_LABEL, LABEL_FACTOR, Usage, reserved_bytes_of
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .samples import ANN, BOB, MIB, NOW, a_ready_asset, an_asset, an_upload, content, persist

FULL = Description(
    title="Züri ☔",
    description="two\nlines\t“quoted”",
    tags=("lake", "été"),
    people=("Ann",),
    location="Zürich",
    event_date=datetime(1931, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),
    bookmarked=True,
    extra_private=True,
)


async def reserved(engine: Engine) -> int:
    async with engine.unit() as unit:
        return (await unit.assets.usage(ANN)).reserved_bytes


async def usage(engine: Engine, owner_id: UserId) -> Usage:
    async with engine.unit() as unit:
        return await unit.assets.usage(owner_id)


async def stored(engine: Engine, asset_id: AssetId) -> Asset:
    async with engine.unit() as unit:
        return await unit.assets.get(asset_id)


async def test_an_asset_is_read_as_it_was_saved(engine: Engine) -> None:
    """Every field of a pending and of a complete asset survives."""
    pending, ready = an_asset(FULL, size=5), a_ready_asset(FULL)
    await engine.save(pending, ready)
    assert await stored(engine, pending.asset_id) == pending
    assert await stored(engine, ready.asset_id) == ready


async def test_an_upload_is_read_as_it_was_saved(engine: Engine) -> None:
    """Every field survives but the new receipts, which are kept apart."""
    upload = an_upload(an_asset(size=100))
    upload.take_over()
    persist(upload, "a", 60)
    await engine.save(upload)
    assert upload.new_receipts == []
    async with engine.unit() as unit:
        assert await unit.uploads.get(upload.asset_id) == upload


async def test_what_is_not_there_is_not_found(engine: Engine) -> None:
    """Who needs what has an unknown id is told, who looks for it has None, and no receipts."""
    async with engine.unit() as unit:
        with pytest.raises(AssetNotFound):
            await unit.assets.get(AssetId.new())
        with pytest.raises(UploadNotFound):
            await unit.uploads.get(AssetId.new())
        assert await unit.assets.find(AssetId.new()) is None
        assert await unit.uploads.find(AssetId.new()) is None
        assert await unit.uploads.receipts(AssetId.new()) == []


async def test_save_raises_the_version(engine: Engine) -> None:
    """Each save counts one up, in the aggregate and in the store."""
    asset, upload = an_asset(), an_upload(an_asset())
    for version in (1, 2, 3):
        await engine.save(asset, upload)
        assert asset.version == upload.version == version
    assert (await stored(engine, asset.asset_id)).etag == "v3"


async def test_a_reader_s_copy_is_its_own(engine: Engine) -> None:
    """Changing what was read changes nothing in the store until it is saved."""
    asset = an_asset()
    await engine.save(asset)
    read = await stored(engine, asset.asset_id)
    read.describe(Description(title="Other"), read.file, now=NOW)
    asset.describe(Description(title="Another"), read.file, now=NOW)
    assert (await stored(engine, asset.asset_id)).description.title == "The lake"


async def test_a_stale_asset_conflicts(engine: Engine) -> None:
    """Saving or removing what was changed or removed since it was read is refused, and changes nothing."""
    asset = an_asset()
    await engine.save(asset)
    stale = await stored(engine, asset.asset_id)
    await engine.save(asset)
    for attempt in (engine.save(replace(stale)), engine.remove(stale)):
        with pytest.raises(ConcurrentChange):
            await attempt
    assert await stored(engine, asset.asset_id) == asset
    await engine.remove(asset)
    for attempt in (engine.save(replace(asset)), engine.remove(asset)):
        with pytest.raises(ConcurrentChange):
            await attempt


async def test_a_stale_upload_conflicts(engine: Engine) -> None:
    """The same holds for uploads, and a stale receipt is not kept."""
    upload = an_upload(an_asset())
    await engine.save(upload)
    async with engine.unit() as unit:
        stale = await unit.uploads.get(upload.asset_id)
    persist(upload, "a", 1)
    await engine.save(upload)
    persist(stale, "b", 1)
    with pytest.raises(ConcurrentChange):
        await engine.save(replace(stale))
    async with engine.unit() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.uploads.remove(stale)
        assert await unit.uploads.receipts(upload.asset_id) == ["a"]


async def test_what_comes_from_another_store_keeps_its_version(engine: Engine) -> None:
    """An asset and an upload of which another store had version 6 become version 7 here, with all receipts."""
    asset, upload = an_asset(size=5), an_upload(an_asset())
    persist(upload, "a", 60)
    asset.version = upload.version = 6
    async with engine.unit() as unit:
        await unit.assets.add(asset)
        await unit.uploads.add(upload)
        await unit.commit()
    async with engine.unit() as unit:
        assert await unit.assets.get(asset.asset_id) == asset
        assert await unit.uploads.get(upload.asset_id) == upload
        assert await unit.uploads.receipts(upload.asset_id) == ["a"]
    assert asset.version == upload.version == 7
    assert await reserved(engine) == 5
    asset.describe(Description(title="Other"), asset.file, now=NOW)
    await engine.save(asset)
    assert (await stored(engine, asset.asset_id)).version == 8


async def test_what_is_there_is_not_added(engine: Engine) -> None:
    """Adding what is there already, whatever its version, is refused at commit at the latest, and changes nothing."""
    asset, upload = an_asset(), an_upload(an_asset())
    await engine.save(asset, upload)
    async with engine.unit() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.assets.add(replace(asset))
            await unit.commit()
    async with engine.unit() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.uploads.add(replace(upload))
            await unit.commit()
    assert await stored(engine, asset.asset_id) == asset


async def test_the_same_id_is_made_once(engine: Engine) -> None:
    """A second new aggregate with an id that is taken conflicts."""
    asset = an_asset()
    upload = an_upload(asset)
    await engine.save(asset, upload)
    with pytest.raises(ConcurrentChange):
        await engine.save(replace(asset, version=0))
    with pytest.raises(ConcurrentChange):
        await engine.save(an_upload(asset))


async def test_what_is_not_there_is_not_saved(engine: Engine) -> None:
    """A new aggregate is added, not saved."""
    asset = an_asset()
    async with engine.unit() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.assets.save(asset)
            await unit.commit()
    async with engine.unit() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.uploads.save(an_upload(asset))
            await unit.commit()


async def test_receipts_stay_in_order(engine: Engine) -> None:
    """The tokens of all checkpoints come back in the order of their parts, however they were saved."""
    upload = an_upload(an_asset())
    tokens = [f"token-{number * 7919 % 100}" for number in range(25)]
    for at, token in enumerate(tokens):
        persist(upload, token, 1)
        if at % 3 != 1:
            await engine.save(upload)
    async with engine.unit() as unit:
        assert await unit.uploads.receipts(upload.asset_id) == tokens


async def test_a_removed_upload_begins_from_nothing(engine: Engine) -> None:
    """Receipts go with their upload, so a new one of the same asset has none, also in the same transaction."""
    asset = an_asset()
    upload = an_upload(asset)
    persist(upload, "a", 1)
    await engine.save(asset, upload)
    async with engine.unit() as unit:
        await unit.uploads.remove(upload)
        again = an_upload(asset)
        persist(again, "b", 1)
        await unit.uploads.add(again)
        assert await unit.uploads.receipts(asset.asset_id) == ["b"]
        await unit.commit()


async def test_expired_uploads_come_oldest_first(engine: Engine) -> None:
    """Only those whose time is over, up to the limit, those that waited longest first."""
    uploads = [an_upload(an_asset(), expire_time=NOW + timedelta(seconds=second)) for second in (3, 1, 2, 9)]
    await engine.save(*uploads)
    async with engine.unit() as unit:
        expired = await unit.uploads.expired(NOW + timedelta(seconds=3), 10)
        assert [upload.asset_id for upload in expired] == [uploads[at].asset_id for at in (1, 2, 0)]
        assert len(await unit.uploads.expired(NOW + timedelta(seconds=3), 2)) == 2
        assert await unit.uploads.expired(NOW, 10) == []


async def test_keys_of_another_kek_are_found(engine: Engine) -> None:
    """Complete assets and uploads wrapped with any other key are found until they are wrapped anew."""
    assets = [a_ready_asset(kek_id=kek_id) for kek_id in ("a", "m", "z")]
    uploads = [an_upload(an_asset(), kek_id=kek_id) for kek_id in ("a", "m", "z")]
    await engine.save(an_asset(), *assets, *uploads)
    async with engine.unit() as unit:
        found = await unit.assets.not_wrapped_with("m", 10)
        assert {asset.asset_id for asset in found} == {assets[0].asset_id, assets[2].asset_id}
        pending = await unit.uploads.not_wrapped_with("m", 10)
        assert {upload.asset_id for upload in pending} == {uploads[0].asset_id, uploads[2].asset_id}
        assert len(await unit.assets.not_wrapped_with("m", 1)) == len(await unit.uploads.not_wrapped_with("m", 1)) == 1
        for asset in found:
            assert isinstance(asset, Asset)
            assert asset.content is not None
            asset.content = replace(asset.content, wrapped_key=WrappedKey("m", b"new"))
            await unit.assets.save(asset)
        for upload in pending:
            assert isinstance(upload, Upload)
            upload.wrapped_key = WrappedKey("m", b"new")
            await unit.uploads.save(upload)
        assert await unit.assets.not_wrapped_with("m", 10) == []
        assert await unit.uploads.not_wrapped_with("m", 10) == []


async def test_owned_assets(engine: Engine) -> None:
    """A user's assets are found, shared ones too, up to the limit."""
    alone, shared, other = an_asset(), an_asset(), an_asset(owner_id=BOB)
    shared.owner_ids = (BOB, ANN)
    await engine.save(alone, shared, other)
    async with engine.unit() as unit:
        owned = await unit.assets.owned_by(ANN, 10)
        assert {asset.asset_id for asset in owned} == {alone.asset_id, shared.asset_id}
        assert len(await unit.assets.owned_by(ANN, 1)) == 1
        shared.owner_ids = (BOB,)
        await unit.assets.save(shared)
        assert [asset.asset_id for asset in await unit.assets.owned_by(ANN, 10)] == [alone.asset_id]


async def test_reserved_bytes_follow_an_upload_of_known_size(engine: Engine) -> None:
    """The declared size counts from the beginning, and once: not again as bytes arrive or when complete."""
    asset = an_asset(size=100)
    await engine.save(asset)
    assert await reserved(engine) == 100
    upload = an_upload(asset)
    persist(upload, "a", 60)
    await engine.save(upload)
    assert await reserved(engine) == 100
    asset.complete(content(100), now=NOW)
    await engine.save(asset)
    assert await reserved(engine) == 100
    await engine.remove(asset)
    assert await reserved(engine) == 0


@pytest.mark.parametrize(("declared", "persisted"), [(0, 0), (0, 7), (7, 0), (7, 6), (7, 7), (7, 8)])
async def test_reserved_bytes_are_those_of_the_rule(engine: Engine, declared: int, persisted: int) -> None:
    """Each store counts what the rule of the domain says, whether the asset or its upload is saved last."""
    asset = an_asset(size=declared)
    upload = an_upload(asset)
    persist(upload, "a", persisted)
    await engine.save(asset, upload)
    assert await reserved(engine) == upload.reserved_bytes == reserved_bytes_of(declared, persisted)
    await engine.save(asset)
    assert await reserved(engine) == upload.reserved_bytes


async def test_reserved_bytes_follow_an_upload_of_unknown_size(engine: Engine) -> None:
    """What is persisted beyond what was declared counts; a dropped upload gives it back."""
    asset = an_asset(size=10)
    upload = an_upload(asset)
    persist(upload, "a", 60)
    await engine.save(upload, asset)
    assert await reserved(engine) == 60
    persist(upload, "b", 5)
    await engine.save(upload)
    assert await reserved(engine) == 65
    async with engine.unit() as unit:
        await unit.uploads.remove(upload)
        await unit.commit()
    assert await reserved(engine) == 10


@pytest.mark.parametrize("upload_first", [True, False])
async def test_reserved_bytes_of_a_completion(engine: Engine, upload_first: bool) -> None:
    """The final size counts when the file is complete, whichever of asset and upload is changed first."""
    asset = an_asset(size=0)
    upload = an_upload(asset)
    persist(upload, "a", 8 * MIB)
    await engine.save(asset, upload)
    asset.complete(content(8 * MIB + 3), now=NOW)
    async with engine.unit() as unit:
        if upload_first:
            await unit.uploads.remove(upload)
        await unit.assets.save(asset)
        assert (await unit.assets.usage(ANN)).reserved_bytes == 8 * MIB + 3
        if not upload_first:
            await unit.uploads.remove(upload)
        assert (await unit.assets.usage(ANN)).reserved_bytes == 8 * MIB + 3
        await unit.commit()


async def test_removed_owner(engine: Engine) -> None:
    """For a removed owner nothing can be reserved, before and after the last asset goes; for others it can."""
    asset = an_asset(size=7)
    await engine.save(asset, an_asset(owner_id=BOB, size=1))
    async with engine.unit() as unit:
        await unit.assets.remove_owner(ANN)
    assert await reserved(engine) == 7
    for _ in range(2):
        async with engine.unit() as unit:
            await unit.assets.remove_owner(ANN)
            await unit.commit()
    with pytest.raises(OwnerRemoved):
        await reserved(engine)
    await engine.remove(asset)
    with pytest.raises(OwnerRemoved):
        await reserved(engine)
    assert (await engine.views.stats(ANN)).kinds == []
    assert (await engine.views.stats(ANN)).usage.reserved_bytes == await engine.inventory.stored_bytes() == 0
    async with engine.unit() as unit:
        assert (await unit.assets.usage(BOB)).reserved_bytes == 1


async def test_a_removed_owner_is_forgotten(engine: Engine) -> None:
    """Nothing tells any more who it was, and still nothing can be reserved; again is OK, and so is all of it again."""
    asset = an_asset(size=7)
    await engine.save(asset)
    await engine.remove(asset)
    for _ in range(2):
        async with engine.unit() as unit:
            await unit.assets.remove_owner(ANN)
            await unit.commit()
        for _ in range(2):
            async with engine.unit() as unit:
                await unit.assets.forget_owner(ANN)
                await unit.commit()
    with pytest.raises(OwnerRemoved):
        await reserved(engine)


async def test_removed_owner_of_nothing(engine: Engine) -> None:
    """A user who never had an asset can be removed too."""
    async with engine.unit() as unit:
        await unit.assets.remove_owner(ANN)
        await unit.commit()
    with pytest.raises(OwnerRemoved):
        await reserved(engine)
    assert (await engine.views.stats(ANN)).kinds == []


async def test_reserved_bytes_of_several_owners(engine: Engine) -> None:
    """Each owner of an asset pays for it, and one who left no longer."""
    asset = an_asset(size=7)
    asset.owner_ids = (ANN, BOB)
    upload = an_upload(asset)
    persist(upload, "a", 9)
    await engine.save(asset, upload, an_asset(size=1, content_type="video/mp4"))
    async with engine.unit() as unit:
        assert ((await unit.assets.usage(ANN)).reserved_bytes, (await unit.assets.usage(BOB)).reserved_bytes) == (10, 9)
        asset.owner_ids = (BOB,)
        await unit.assets.save(asset)
        assert ((await unit.assets.usage(ANN)).reserved_bytes, (await unit.assets.usage(BOB)).reserved_bytes) == (1, 9)
        asset.owner_ids = (BOB, ANN)
        await unit.assets.save(asset)
        assert ((await unit.assets.usage(ANN)).reserved_bytes, (await unit.assets.usage(BOB)).reserved_bytes) == (10, 9)


LONG = Description(title="The lake", description="é" * 100, tags=("lake", "été"), people=("Ann",), location="Zürich")
LABELS = 4 * BYTES_PER_LABEL + LABEL_FACTOR * (len("lakeAnn") + len("étéZürich".encode()))
METADATA = BYTES_PER_ASSET + 2 * 100 + len("The lake") + len("lake.jpgimage/jpeg") + LABELS


async def test_metadata_are_counted(engine: Engine) -> None:
    """Each owner's descriptions count in bytes, with room for the indexes, and follow changes to the last byte."""
    asset = an_asset(LONG)
    asset.owner_ids = (ANN, BOB)
    await engine.save(asset)
    assert [await usage(engine, owner) for owner in (ANN, BOB)] == [Usage(0, METADATA, 1)] * 2
    asset.describe(replace(LONG, description="", tags=()), asset.file, now=NOW)
    await engine.save(asset)
    shorter = METADATA - 200 - 2 * BYTES_PER_LABEL - LABEL_FACTOR * (len("lake") + len("été".encode()))
    assert await usage(engine, ANN) == Usage(0, shorter, 1)
    asset.owner_ids = (BOB,)
    await engine.save(asset)
    assert [await usage(engine, owner) for owner in (ANN, BOB)] == [Usage(), Usage(0, shorter, 1)]
    assert (await engine.views.stats(BOB)).usage == Usage(0, shorter, 1)
    await engine.remove(asset)
    assert await usage(engine, BOB) == (await engine.views.stats(BOB)).usage == Usage()


async def test_pending_assets_are_counted(engine: Engine) -> None:
    """One that is complete, or gone, does not wait for its file any more."""
    first, second = an_asset(), an_asset()
    await engine.save(first, second, a_ready_asset(size=0))
    assert (await usage(engine, ANN)).pending_count == 2
    first.complete(content(0), now=NOW)
    await engine.save(first)
    assert (await usage(engine, ANN)).pending_count == 1
    await engine.remove(second)
    assert (await usage(engine, ANN)).pending_count == 0
