"""Streams that are cancelled while their upload begins."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from emo_grpc.assets.domain.commands import StartUpload
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork
from emo_grpc.shared.domain.errors import Unavailable

from .world import ANN, World

DATA = b"abc"
Step = Callable[..., Coroutine[Any, Any, Any]]


async def cancelled() -> None:
    """Let the task that runs be cancelled here."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


async def away() -> None:
    raise Unavailable("the database is away")


def with_units(world: World, enter: Step | None = None, after: Step | None = None) -> World:
    """The same stores, with steps beside those of every unit of work: before it, and after its commit."""

    @asynccontextmanager
    async def unit() -> AsyncIterator[AssetsUnitOfWork]:
        if enter is not None:
            await enter()
        async with world.stores.unit() as real:
            commit = real.commit

            async def committed() -> None:
                await commit()
                if after is not None:
                    await after()

            changed: Any = real
            changed.commit = committed
            yield real

    units: Any = unit
    return World(replace(world.stores, unit=units), world.threads)


async def start(world: World, asset_id: AssetId) -> None:
    """In a task of its own, as each call is."""
    await asyncio.create_task(world.bus.handle(StartUpload(ANN, asset_id, 0)))


@pytest.mark.parametrize("stop", [cancelled, away])
async def test_before_the_transaction(world: World, stop: Step) -> None:
    """What was begun in the store for a stream that ends before its transaction goes with it."""
    asset_id = await world.create()
    with pytest.raises((asyncio.CancelledError, Unavailable)):
        await start(with_units(world, enter=stop), asset_id)
    assert await world.objects() == (0, 0)
    await world.upload(asset_id, DATA)
    assert await world.download(asset_id) == DATA


async def test_while_the_store_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is just beginning an upload, which nothing stops, is waited for, and its upload dropped."""
    asset_id, begin = await world.create(), world.blobs.begin
    has_begun, may_answer = asyncio.Event(), asyncio.Event()

    async def begin_later(*arguments: Any, **options: Any) -> str:
        handle = await begin(*arguments, **options)
        has_begun.set()
        await may_answer.wait()
        return handle

    monkeypatch.setattr(world.blobs, "begin", begin_later)
    starting = asyncio.create_task(world.bus.handle(StartUpload(ANN, asset_id, 0)))
    await has_begun.wait()
    starting.cancel()
    await asyncio.sleep(0)
    may_answer.set()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert await world.objects() == (0, 0)


@pytest.mark.parametrize("stop", [cancelled, away])
async def test_after_the_commit(world: World, stop: Step) -> None:
    """An upload that the database may know of stays: the next stream goes on with it."""
    asset_id = await world.create()
    with pytest.raises((asyncio.CancelledError, Unavailable)):
        await start(with_units(world, after=stop), asset_id)
    assert await world.objects() == (0, 1)
    key = (await world.upload_of(asset_id)).blob_key
    await world.upload(asset_id, DATA)
    content = (await world.asset(asset_id)).content
    assert content is not None
    assert content.blob_key == key
    assert await world.download(asset_id) == DATA
