"""What folders hold, and count, over every engine."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.folder_errors import FolderNotFound
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.folder_views import FolderPage, FolderQuery, FolderView
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .samples import ANN, BOB, NOW, a_ready_asset, an_asset, content

NOTHING = FolderView("", 0, 0, 0, 0)


def placed(folder: str, *, owner_id: UserId = ANN, size: int = 0) -> Asset:
    """An asset in this folder; complete if it has a size."""
    description = Description(title="IMG", folder=folder)
    if size:
        return a_ready_asset(description, owner_id=owner_id, size=size)
    return an_asset(description, owner_id=owner_id, size=7)


def moved(asset: Asset, folder: str) -> Asset:
    asset.describe(replace(asset.description, folder=folder), asset.file, now=NOW)
    return asset


async def tree(engine: Engine, owner_id: UserId = ANN, folder: str = "", limit: int = 2) -> list[FolderView]:
    """A folder and all below it, found by going from page to page and from folder to folder."""
    page = await engine.views.folders(FolderQuery(owner_id, folder, limit))
    found = [page.folder]
    while True:
        for below in page.subfolders:
            whole = await tree(engine, owner_id, below.folder, limit)
            assert whole[0] == below
            found += whole
        if page.cursor is None:
            return found
        assert len(page.subfolders) == limit
        page = await engine.views.folders(FolderQuery(owner_id, folder, limit, page.cursor))


def counted(assets: Iterable[Asset], owner_id: UserId = ANN) -> list[FolderView]:
    """What the tree of an owner must be if these are all assets."""
    own = [asset for asset in assets if owner_id in asset.owner_ids]
    paths = {""}
    for asset in own:
        names = asset.description.folder.split("/") if asset.description.folder else []
        paths |= {"/".join(names[:depth]) for depth in range(1, len(names) + 1)}
    return [_counted(own, path) for path in sorted(paths, key=lambda path: path.split("/"))]


def _counted(assets: list[Asset], path: str) -> FolderView:
    own = [asset for asset in assets if asset.description.folder == path]
    below = [asset for asset in assets if not path or f"{asset.description.folder}/".startswith(f"{path}/")]
    sizes = [sum(asset.file.size_bytes for asset in some if asset.content) for some in (below, own)]
    return FolderView(path, len(below), sizes[0], len(own), sizes[1])


async def test_folders_count_what_is_in_them(engine: Engine) -> None:
    """With all below it and without; whether a file is complete or not, and bytes of complete ones only."""
    assets = [
        placed("a/b", size=10),
        placed("a/b"),
        placed("a", size=5),
        placed("a-b/x", size=3),
        placed("", size=2),
        placed("Ä 日本/京都", size=1),
        placed("a/b", owner_id=BOB, size=99),
    ]
    await engine.save(*assets)
    assert await tree(engine) == [
        FolderView("", 6, 21, 1, 2),
        FolderView("a", 3, 15, 1, 5),
        FolderView("a/b", 2, 10, 2, 10),
        FolderView("a-b", 1, 3, 0, 0),
        FolderView("a-b/x", 1, 3, 1, 3),
        FolderView("Ä 日本", 1, 1, 0, 0),
        FolderView("Ä 日本/京都", 1, 1, 1, 1),
    ]
    assert await tree(engine, BOB) == counted(assets, BOB)


async def test_there_is_no_empty_folder(engine: Engine) -> None:
    """A folder is not found before something is in it, nor after; of the top there is one always."""
    query = FolderQuery(ANN, "a/b", 9)
    with pytest.raises(FolderNotFound):
        await engine.views.folders(query)
    assert await engine.views.folders(FolderQuery(ANN, "", 9)) == FolderPage(NOTHING, [], None)
    asset = placed("a/b/c")
    await engine.save(asset)
    assert (await engine.views.folders(query)).folder == FolderView("a/b", 1, 0, 0, 0)
    await engine.save(moved(asset, "a/c"))
    with pytest.raises(FolderNotFound):
        await engine.views.folders(query)
    with pytest.raises(FolderNotFound):
        await engine.views.folders(FolderQuery(BOB, "a/c", 9))
    await engine.remove(asset)
    assert await tree(engine) == [NOTHING]


async def test_a_name_is_no_pattern(engine: Engine) -> None:
    """Names that begin alike, or have letters that sort before and after /, are folders of their own."""
    names = ["a", "a!", "a.b", "a/b", "a/b0", "a0", "ab", "a%", "A", "a*", "a/b!"]
    assets = [placed(name, size=number) for number, name in enumerate(names, start=1)]
    await engine.save(*assets)
    assert await tree(engine) == counted(assets)


async def test_folders_of_several_owners(engine: Engine) -> None:
    """Each owner counts a shared asset, until it is theirs no more."""
    asset = placed("a", size=4)
    asset.owner_ids = (ANN, BOB)
    await engine.save(asset)
    for owner_id in (ANN, BOB):
        assert await tree(engine, owner_id) == counted([asset], owner_id)
    asset.remove_owner(ANN)
    await engine.save(asset)
    assert await tree(engine) == [NOTHING]
    assert await tree(engine, BOB) == counted([asset], BOB)


async def test_a_unit_sees_what_it_has_counted(engine: Engine) -> None:
    """Before it is committed, too: what would fill a limit or a folder in one transaction does."""
    first, second = placed("a/b", size=5), placed("a", size=7)
    await engine.save(first)
    async with engine.unit() as unit:
        second.describe(replace(second.description, tags=("t",)), second.file, now=NOW)
        await unit.assets.add(second)
        assert (await unit.assets.usage(ANN)).reserved_bytes == 12
        assert await unit.assets.label_count(ANN, LabelKind.TAG, "t") == 1
        assert (await unit.assets.folder_extent(ANN, "a", 9)).count == 2
        await unit.assets.save(moved(first, ""))
        await unit.assets.remove(second)
        used = Usage(5, first.metadata_bytes, 0)
        assert await unit.assets.usage(ANN) == used
        assert await unit.assets.label_count(ANN, LabelKind.TAG, "t") == 0
        assert (await unit.assets.folder_extent(ANN, "a", 9)).count == 0
        await unit.commit()
    assert (await engine.views.stats(ANN)).usage == used
    assert await tree(engine) == counted([first])


async def test_folders_follow_changes(engine: Engine) -> None:
    """Whatever is made, filled, moved and removed, and several in one transaction: the counters are what is there."""
    random = Random(5)
    assets: list[Asset] = []
    folders = ["", "a", "a/a", "a/a/a", "a/b", "b", "b/a"]
    for _ in range(25):
        changed, removed = random.sample(assets, min(3, len(assets))), []
        for asset in changed:
            if random.random() < 0.5:
                moved(asset, random.choice(folders))
            if asset.content is None and random.random() < 0.5:
                asset.complete(content(random.randrange(99)), now=NOW)
        if len(assets) > 10:
            removed = [asset for asset in assets if asset not in changed][:2]
        made = [placed(random.choice(folders), size=random.randrange(9)) for _ in range(2)]
        await engine.save(*changed, *made)
        await engine.remove(*removed)
        assets = [asset for asset in assets + made if asset not in removed]
        assert await tree(engine) == counted(assets)
