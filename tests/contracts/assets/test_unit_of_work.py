"""The unit of work of this context, over every engine."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.events import AssetDeleted, UploadDropped
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import IdempotencyKey
from emo_grpc.shared.service_layer.outbox import OutboxRow

from .engines import SUBSCRIPTIONS, Engine
from .samples import ANN, NOW, a_ready_asset, an_asset, an_upload, persist


async def find(engine: Engine, asset: Asset) -> tuple[object, object]:
    async with engine.unit() as unit:
        return await unit.assets.find(asset.asset_id), await unit.uploads.find(asset.asset_id)


async def outbox(engine: Engine) -> list[OutboxRow]:
    return await engine.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW, leased_until=NOW + timedelta(minutes=1))


async def test_without_commit_nothing_stays(engine: Engine) -> None:
    """Leaving the block without commit undoes saves, removals, receipts and remembered requests."""
    kept, made = a_ready_asset(), an_asset()
    upload = an_upload(kept)
    persist(upload, "a", 1)
    await engine.save(kept, upload)
    key = IdempotencyKey("scope", RequestId.new(), "print", "result", NOW)
    async with engine.unit() as unit:
        await unit.assets.add(made)
        await unit.idempotency.add(key)
        await unit.uploads.remove(upload)
        await unit.assets.remove(kept)
    assert await find(engine, made) == (None, None)
    assert await find(engine, kept) == (kept, upload)
    async with engine.unit() as unit:
        assert await unit.uploads.receipts(kept.asset_id) == ["a"]
        assert await unit.idempotency.find("scope", key.request_id) is None
        assert (await unit.assets.usage(ANN)).reserved_bytes == 10


async def test_an_error_undoes(engine: Engine) -> None:
    """An exception passes through, and nothing of its block stays."""
    asset = an_asset()

    async def fail() -> None:
        async with engine.unit() as unit:
            await unit.assets.add(asset)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await find(engine, asset) == (None, None)


async def test_a_cancelled_task_undoes(engine: Engine) -> None:
    """Cancelling the task in the middle undoes its block, and the next unit can begin."""
    asset, saved = an_asset(), asyncio.Event()

    async def work() -> None:
        async with engine.unit() as unit:
            await unit.assets.add(asset)
            saved.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await saved.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await find(engine, asset) == (None, None)


async def test_nobody_else_sees_what_is_not_committed(engine: Engine) -> None:
    """Repositories of the unit see its changes at once, views only when they are committed."""
    asset = an_asset(size=5)
    async with engine.unit() as unit:
        await unit.assets.add(asset)
        await unit.uploads.add(an_upload(asset))
        assert await unit.assets.get(asset.asset_id) == asset
        assert (await unit.assets.usage(ANN)).reserved_bytes == 5
        missing = asyncio.create_task(engine.views.asset(asset.asset_id, ANN))
        stats = asyncio.create_task(engine.views.stats(ANN))
        await engine.let_read(missing, stats)
    with pytest.raises(AssetNotFound):
        await missing
    assert (await stats).usage.reserved_bytes == 0


async def test_everybody_sees_what_is_committed(engine: Engine) -> None:
    """Views see the changes of a unit from its commit on."""
    asset = an_asset(size=5)
    async with engine.unit() as unit:
        await unit.assets.add(asset)
        await unit.commit()
        assert (await engine.views.asset(asset.asset_id, ANN)).asset_id == asset.asset_id
    assert (await engine.views.stats(ANN)).usage.reserved_bytes == 5


async def test_units_take_turns(engine: Engine) -> None:
    """Units that add to the same upload at the same time all succeed, some of them when they are run again."""
    asset = an_asset()
    await engine.save(asset, an_upload(asset))

    async def add(token: str) -> None:
        async with engine.unit() as unit:
            upload = await unit.uploads.get(asset.asset_id)
            assert upload is not None
            persist(upload, token, 1)
            await unit.uploads.save(upload)
            await unit.commit()

    async def add_at_last(token: str) -> None:
        for _ in range(100):
            with suppress(ConcurrentChange):
                return await add(token)
        raise AssertionError("it never came to its turn")

    await asyncio.gather(*(add_at_last(str(number)) for number in range(8)))
    async with engine.unit() as unit:
        assert sorted(await unit.uploads.receipts(asset.asset_id)) == list("01234567")


async def test_events_are_stored_with_what_they_are_about(engine: Engine) -> None:
    """Commit stores one row for each event and each of its handlers."""
    asset, waiting = a_ready_asset(), an_asset()
    upload = an_upload(waiting)
    await engine.save(asset, waiting, upload)
    assert await outbox(engine) == []
    async with engine.unit() as unit:
        asset.delete()
        await unit.assets.remove(asset)
        upload.drop()
        await unit.uploads.remove(upload)
        await unit.commit()
    assert asset.content is not None
    rows = await outbox(engine)
    deleted = AssetDeleted(asset.asset_id, asset.content.blob_key)
    dropped = UploadDropped(waiting.asset_id, upload.blob_key, "handle")
    assert {(row.handler, row.event) for row in rows} == {
        ("delete_blob", deleted),
        ("tell", deleted),
        ("abort_upload", dropped),
    }


async def test_events_of_what_is_undone_are_not_stored(engine: Engine) -> None:
    """No event without its change."""
    asset = a_ready_asset()
    await engine.save(asset)
    async with engine.unit() as unit:
        asset.delete()
        await unit.assets.remove(asset)
    assert await outbox(engine) == []
