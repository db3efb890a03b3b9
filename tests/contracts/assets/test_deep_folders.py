"""How deep folders may lie, over every engine."""

import pytest

from emo_grpc.assets.domain import folder
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery
from emo_grpc.shared.domain.errors import InvalidArgument

from .engines import Engine
from .samples import ANN
from .test_folder_moves import folders, mover_on
from .test_folders import counted, placed, tree


@pytest.mark.parametrize("count", [1, 4], ids=["small", "large"])
async def test_no_folder_gets_deeper_than_64_names(engine: Engine, count: int) -> None:
    """A move that would make one is refused before anything has moved; one that makes just that deep ones is not."""
    mover = mover_on(engine)
    inside = "/".join("x" * 62)
    await engine.save(*(placed(folder) for folder in ["a", f"a/{inside}", f"a/{inside}-"] * count))
    before = folders(await mover.assets())
    for destination in ("a-/b/c", "b/" * 63 + "b"):
        with pytest.raises(InvalidArgument, match="64 names"):
            await mover.move("a", destination)
    assert folders(await mover.assets()) == before
    await mover.move("a", "b/c")
    while await mover.deliver():
        pass
    assert folders(await mover.assets()) == [f"b/c{each[1:]}" for each in before]
    assert mover.failures == []


async def test_what_comes_meanwhile_and_would_lie_too_deep_stays(engine: Engine) -> None:
    """It is what the check did not know of; the move ends all the same."""
    mover = mover_on(engine)
    await engine.save(*(placed("a") for _ in range(4)))
    await mover.move("a", "b/c")
    deep = "a/" + "/".join("x" * 63)
    await engine.save(placed(deep))
    while await mover.deliver():
        pass
    assert folders(await mover.assets()) == [deep, *["b/c"] * 4]
    assert mover.failures == []


@pytest.mark.parametrize("depth", [65, 200])
async def test_what_is_stored_too_deep_is_shown_and_comes_up(
    engine: Engine, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An asset that came in when folders could be deeper: lists show it, and it can be moved to where one may be."""
    mover, deep = mover_on(engine), "/".join("a" * depth)
    with monkeypatch.context() as wider:
        wider.setattr(folder, "MAX_FOLDER_NAMES", 512)
        asset = placed(deep, size=3)
    await engine.save(asset)
    views = engine.views
    for within in ("", "a", deep):
        chosen = AssetFilter(folder=within, in_subfolders=True)
        (shown,) = (await views.page(AssetQuery(ANN, 9, chosen))).items
        assert shown.description.folder == deep
    assert (await views.asset(asset.asset_id, ANN)).description.folder == deep
    assert await tree(engine) == counted([asset])
    with pytest.raises(InvalidArgument, match="64 names"):
        await mover.move("a", "b")
    assert (await mover.move("/".join("a" * (depth - 1)), "b")).left == 0
    assert folders(await mover.assets()) == ["b/a"]
