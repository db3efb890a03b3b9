"""What the database knows of all files, over every engine."""

import asyncio
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.inventory import all_assets, all_uploads
from emo_grpc.shared.service_layer import walk

from .engines import Engine
from .samples import BOB, NOW, a_ready_asset, an_asset, an_upload, content, persist


def blob_key_of(asset: Asset) -> BlobKey:
    assert asset.content is not None
    return asset.content.blob_key


async def test_every_asset_and_upload_comes_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody's, pending or complete, as they were saved and in order of their ids, however long the pages."""
    assets = sorted(
        [a_ready_asset(size=3), an_asset(), a_ready_asset(owner_id=BOB), an_asset(), an_asset(owner_id=BOB)],
        key=lambda asset: asset.asset_id,
    )
    uploads = [an_upload(asset) for asset in assets if asset.content is None]
    persist(uploads[1], "a", 1)
    await engine.save(*assets, *uploads)
    for page in (1, 2, 3, 5, 6):
        monkeypatch.setattr(walk, "PAGE", page)
        assert [asset async for asset in all_assets(engine.inventory)] == assets
        assert [upload async for upload in all_uploads(engine.inventory)] == uploads


async def test_a_page_begins_after_an_id(engine: Engine) -> None:
    """Also after one that is not there, such as that of an asset which was deleted meanwhile."""
    first, second, third = sorted((an_asset() for _ in range(3)), key=lambda asset: asset.asset_id)
    await engine.save(first, third)
    assert await engine.inventory.assets(first.asset_id, 9) == [third]
    assert await engine.inventory.assets(second.asset_id, 9) == [third]
    assert await engine.inventory.assets(third.asset_id, 9) == []
    assert await engine.inventory.uploads(None, 9) == []


async def test_only_what_is_committed_counts(engine: Engine) -> None:
    """A unit of work that is under way is not seen, and where the engine has snapshots not waited for."""
    asset = a_ready_asset()
    async with engine.unit() as unit:
        await unit.assets.add(asset)
        assets = asyncio.ensure_future(engine.inventory.assets(None, 9))
        known = asyncio.create_task(engine.inventory.known_blobs([blob_key_of(asset)]))
        await engine.let_read(assets, known)
    assert (await assets, await known) == ([], frozenset())


async def test_a_database_is_always_the_same_installation(engine: Engine) -> None:
    """Asked several times at once, from the first time on."""
    asked = await asyncio.gather(*(engine.inventory.installation() for _ in range(4)))
    assert {*asked, await engine.inventory.installation()} == {asked[0]}


async def test_a_restored_database_is_the_one_that_was_backed_up(engine: Engine) -> None:
    """Whether or not anybody has asked before which one it is."""
    restored = uuid4()
    await engine.inventory.become(restored)
    assert await engine.inventory.installation() == restored
    await engine.inventory.become(other := uuid4())
    assert await engine.inventory.installation() == other


async def test_known_blobs(engine: Engine) -> None:
    """An object is known as long as an upload or an asset refers to it, however many are asked for at once."""
    asset, upload, unknown = a_ready_asset(), an_upload(an_asset()), [BlobKey.new() for _ in range(998)]
    keys = [blob_key_of(asset), upload.blob_key, *unknown]
    await engine.save(asset, upload)
    assert await engine.inventory.known_blobs(keys) == {blob_key_of(asset), upload.blob_key}
    assert await engine.inventory.known_blobs(unknown) == await engine.inventory.known_blobs([]) == frozenset()
    async with engine.unit() as unit:
        await unit.uploads.remove(upload)
        await unit.assets.remove(asset)
        await unit.commit()
    assert await engine.inventory.known_blobs(keys) == frozenset()


async def test_stored_bytes(engine: Engine) -> None:
    """Complete files of all users count, and no others."""
    assert await engine.inventory.stored_bytes() == 0
    pending = an_asset(size=50)
    await engine.save(pending, a_ready_asset(size=3), a_ready_asset(size=4, content_type="video/mp4", owner_id=BOB))
    assert await engine.inventory.stored_bytes() == 7
    pending.complete(content(100), now=NOW)
    await engine.save(pending)
    assert await engine.inventory.stored_bytes() == 107
