"""Many assets by their ids or a filter, and steps of batches, over every engine."""

from dataclasses import replace
from uuid import uuid4

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.adapters.queries.page_builder import MAX_PAGE_BYTES
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.batch_commands import AssetReference, DeleteAssets, PlanBatch, PurgeAssets, UpdateAssets
from emo_grpc.assets.domain.commands import AssetChange
from emo_grpc.assets.domain.errors import AssetNotFound
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.entrypoints.present import asset_message
from emo_grpc.assets.service_layer.asset_handlers import AssetHandlers
from emo_grpc.assets.service_layer.many.handlers import BatchHandlers
from emo_grpc.assets.service_layer.many.outcomes import Outcomes
from emo_grpc.assets.service_layer.many.plans import PAGE
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.stats import TrashStats
from emo_grpc.assets.service_layer.trash_handlers import TrashHandlers
from emo_grpc.assets.service_layer.views import AssetBatch, AssetFilter, AssetQuery, AssetView, SortField
from emo_grpc.shared.domain.ids import RequestId

from .engines import Engine
from .listed import everything
from .samples import ANN, BOB, MIB, NOW, WEEK, a_ready_asset, an_asset

LONG = Description(title="x" * 200, description="é" * 5000, tags=("a" * 50, "b"), people=("c" * 100,))


def handlers(engine: Engine) -> BatchHandlers:
    assets = AssetHandlers(engine.unit, Quota(MIB), lambda: NOW)
    return BatchHandlers(engine.unit, assets, TrashHandlers(engine.unit, lambda: NOW, WEEK), lambda: NOW)


def references(*assets: Asset) -> tuple[AssetReference, ...]:
    return tuple(AssetReference(asset.asset_id) for asset in assets)


def reasons(outcomes: Outcomes) -> list[str]:
    return [failure.kind.reason if failure else "" for failure in outcomes]


def size_of(batch: AssetBatch) -> int:
    """Bytes of the message that it becomes, with failures that say much."""
    message = pb.BatchGetAssetsResponse(unsent_asset_ids=map(str, batch.left_out))
    for asset_id, found in batch.found:
        result = message.results.add(asset_id=str(asset_id))
        if isinstance(found, AssetView):
            result.asset.CopyFrom(asset_message(found))
        else:
            result.failure.CopyFrom(pb.AssetFailure(code=5, reason="R" * 40, message="M" * 200))
    return message.ByteSize()


async def test_many_by_their_ids(engine: Engine) -> None:
    """In the order in which they were asked for; what is not there, or another's, is not found in its place."""
    assets = [an_asset(Description(title=str(number))) for number in range(120)]
    theirs, shared = an_asset(owner_id=BOB), an_asset()
    shared.owner_ids = (BOB, ANN)
    await engine.save(*assets, theirs, shared)
    wanted = [asset.asset_id for asset in reversed(assets)]
    wanted[50:50] = [theirs.asset_id, AssetId.new(), shared.asset_id]
    batch = await engine.views.assets(wanted, ANN)
    assert [asset_id for asset_id, _ in batch.found] == wanted
    assert not batch.left_out
    for place, (asset_id, found) in enumerate(batch.found):
        if place in (50, 51):
            assert isinstance(found, AssetNotFound)
        else:
            assert found == await engine.views.asset(asset_id, ANN)


async def test_as_many_as_fit_into_a_message(engine: Engine) -> None:
    """The ids at the end are left out where the answer would be too large, and asking for them again gives the rest."""
    assets = [an_asset(LONG) for _ in range(330)]
    await engine.save(*assets)
    wanted = [each for asset in assets for each in (asset.asset_id, AssetId.new())]
    batch = await engine.views.assets(wanted, ANN)
    assert MAX_PAGE_BYTES * 0.9 < size_of(batch) <= MAX_PAGE_BYTES
    assert [asset_id for asset_id, _ in batch.found] + list(batch.left_out) == wanted
    rest = await engine.views.assets(batch.left_out, ANN)
    assert [asset_id for asset_id, _ in rest.found] == batch.left_out
    assert not rest.left_out


async def test_the_ids_that_a_filter_holds(engine: Engine) -> None:
    """Those of a list, in its order, and one more than its limit where there are more."""
    made = [an_asset(Description(title=f"{n}", tags=("odd",) if n % 2 else ()), now=NOW) for n in range(20)]
    await engine.save(*made, an_asset(Description(title="x", tags=("odd",)), owner_id=BOB))
    for chosen in (AssetFilter(), AssetFilter(tags=("odd",)), AssetFilter(tags=("even",))):
        query = AssetQuery(ANN, 100, chosen, SortField.CREATE_TIME, descending=False)
        found = await engine.views.matching_ids(query)
        assert found == await everything(engine, query)
        assert await engine.views.matching_ids(replace(query, limit=5)) == found[:6]


async def test_a_step_is_stored_at_once(engine: Engine) -> None:
    """Changes and failures of a step, its counters and its result are in one transaction; again it is only read."""
    assets = [a_ready_asset(Description(title=str(number), tags=("old",)), size=5) for number in range(5)]
    await engine.save(*assets)
    await engine.remove(assets[4])
    change = AssetChange(add_tags=("new",), remove_tags=("old",))
    command = UpdateAssets(ANN, references(*assets), RequestId(uuid4()), "f", change)
    for _ in range(2):
        assert reasons(await handlers(engine).update_assets(command)) == ["", "", "", "", "ASSET_NOT_FOUND"]
        assert {tag.tag: tag.count for tag in await engine.views.tag_cloud(ANN, 9)} == {"new": 4}
        assert {(await engine.views.asset(asset.asset_id, ANN)).etag for asset in assets[:4]} == {"v2"}
    async with engine.unit() as unit:
        counted = sum([(await unit.assets.get(asset.asset_id)).metadata_bytes for asset in assets[:4]])
    assert (await engine.views.stats(ANN)).usage == Usage(20, counted, 0)
    delete = DeleteAssets(ANN, references(*assets), RequestId(uuid4()), "f")
    for _ in range(2):
        assert reasons(await handlers(engine).delete_assets(delete)) == ["", "", "", "", "ASSET_NOT_FOUND"]
        stats = await engine.views.stats(ANN)
        assert (stats.usage, stats.trash, stats.kinds) == (Usage(20, counted, 0), TrashStats(4, 20), [])
        assert await everything(engine, AssetQuery(ANN, 9)) == []


async def test_a_step_destroys_for_good(engine: Engine) -> None:
    """Assets and those in the trash, once each, with all that they counted; the same request again tells the same."""
    assets = [a_ready_asset(Description(title="x", tags=("old",)), size=5) for _ in range(4)]
    theirs = a_ready_asset(owner_id=BOB, size=5)
    await engine.save(*assets, theirs)
    await handlers(engine).delete_assets(DeleteAssets(ANN, references(assets[0]), None, ""))
    named = (*references(*assets[:2], theirs), AssetReference(assets[2].asset_id, "v7"))
    command = PurgeAssets(ANN, named, RequestId(uuid4()), "f")
    for _ in range(2):
        found = await handlers(engine).purge_assets(command)
        assert reasons(found) == ["", "", "ASSET_NOT_FOUND", "ETAG_MISMATCH"]
    stats = await engine.views.stats(ANN)
    assert (stats.usage.reserved_bytes, stats.trash) == (10, TrashStats(0, 0))
    assert set(await everything(engine, AssetQuery(ANN, 9))) == {each.asset_id for each in assets[2:]}
    assert await everything(engine, AssetQuery(BOB, 9)) == [theirs.asset_id]


async def test_plans_are_kept(engine: Engine) -> None:
    """What a batch by a filter is for is the same when it is asked again, however many there are."""
    found = tuple(AssetId.new() for _ in range(2 * PAGE + 1))
    command = PlanBatch(ANN, found, len(found), RequestId(uuid4()), "f")
    assert await handlers(engine).plan_batch(command) == found
    assert await handlers(engine).plan_batch(replace(command, found=())) == found
