"""Renaming labels, over every engine."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.errors import MetadataQuotaExceeded
from emo_grpc.assets.domain.events import LabelHalfRenamed
from emo_grpc.assets.domain.folder_move import FolderMove, Place
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.label_commands import RenameLabel
from emo_grpc.assets.domain.label_rename import LabelKind, LabelRename
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.label_views import LabelQuery
from emo_grpc.assets.service_layer.many.label_handlers import LabelHandlers
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.shared.domain.errors import ConcurrentChange, InvalidArgument, RequestIdReused
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.service_layer.outbox import EventHandlers
from emo_grpc.shared.service_layer.relay import Relay

from .engines import Engine
from .samples import ANN, BOB, NOW, an_asset

LATER = NOW + timedelta(hours=1)


@dataclass
class Renamer:
    """Renames labels of Ann's, 3 assets at a time."""

    engine: Engine
    quota: Quota = field(default_factory=lambda: Quota(1 << 40))

    def __post_init__(self) -> None:
        self.handlers = LabelHandlers(self.engine.unit, self.quota, lambda: LATER, 3)

    async def rename(
        self, label: str, new_label: str, kind: LabelKind = LabelKind.TAG, request_id: RequestId | None = None
    ) -> FolderMove:
        return await self.handlers.rename_label(RenameLabel(ANN, LabelRename(kind, label, new_label), request_id))

    async def deliver(self, *, again: bool = False) -> int:
        """Let what is due be done; gives how much it was. `again`: each event twice, as after a crash of the relay."""

        async def handle(event: LabelHalfRenamed, row_id: Any) -> None:
            for _ in range(1 + again):
                await self.handlers.rename_rest_of_label(event, row_id)

        handlers: EventHandlers = {LabelHalfRenamed: {"rename_rest_of_label": handle}}
        return await Relay(self.engine.outbox, handlers, lambda: LATER, _fail).run_once()

    async def counts(self, kind: LabelKind = LabelKind.TAG, owner_id: UserId = ANN) -> dict[str, int]:
        page = await self.engine.views.labels(LabelQuery(owner_id, kind, 99))
        return {each.label: each.count for each in page.items}


def _fail(_: object, error: Exception, __: bool) -> None:
    raise error


@pytest.fixture
def renamer(engine: Engine) -> Renamer:
    return Renamer(engine)


def labelled(*tags: str, owner_id: UserId = ANN) -> Asset:
    return an_asset(Description(title="t", tags=tags, people=tags, location=tags[0]), owner_id=owner_id)


@pytest.mark.parametrize("kind", LabelKind)
async def test_a_few_change_at_once(renamer: Renamer, kind: LabelKind) -> None:
    """All assets of the owner that have it, in one transaction; others', and other kinds, stay."""
    await renamer.engine.save(labelled("a", "b"), labelled("a"), labelled("c"), labelled("a", owner_id=BOB))
    assert (await renamer.rename("a", "new", kind)).left == 0
    assert await renamer.deliver() == 0
    for each in LabelKind:
        expected = {"b": 1, "c": 1} if each is not LabelKind.LOCATION else {"c": 1}
        assert await renamer.counts(each) == expected | ({"new": 2} if each is kind else {"a": 2})
        assert await renamer.counts(each, BOB) == {"a": 1}


async def test_one_that_is_there_takes_it_in(renamer: Renamer) -> None:
    """An asset that has both has it once, where the first of them was."""
    both, old = labelled("x", "a", "y", "b"), labelled("a")
    await renamer.engine.save(both, old)
    await renamer.rename("a", "b")
    assert (await renamer.engine.views.asset(both.asset_id, ANN)).description.tags == ("x", "b", "y")
    assert await renamer.counts() == {"x": 1, "y": 1, "b": 2}
    assert (await renamer.engine.views.asset(old.asset_id, ANN)).etag != old.etag


@pytest.mark.parametrize("again", [False, True])
async def test_many_change_in_batches(renamer: Renamer, again: bool) -> None:
    """Each delivery does the next, whatever is delivered twice, and nothing is forgotten."""
    await renamer.engine.save(*(labelled("a") for _ in range(8)))
    left = [(await renamer.rename("a", "b")).left]
    while await renamer.deliver(again=again):
        under_way = await renamer.engine.views.folder_move(ANN)
        left.append(under_way.left if under_way else 0)
        assert sum((await renamer.counts()).values()) == 8
    assert left == [5, 2, 0]
    assert await renamer.counts() == {"b": 8}


async def test_of_assets_that_say_much_fewer_change_at_once(renamer: Renamer) -> None:
    """As many as a transaction may write, before and after, and one at least."""
    assets = [labelled("a") for _ in range(5)]
    await renamer.engine.save(*assets)
    renamer.handlers = replace(renamer.handlers, batch=9, written_bytes=4 * assets[0].metadata_bytes)
    assert (await renamer.rename("a", "b")).left == 3
    seen = []
    while await renamer.deliver():
        seen.append((await renamer.counts())["b"])
    assert seen == [4, 5]
    renamer.handlers = replace(renamer.handlers, written_bytes=1)
    assert (await renamer.rename("b", "c")).left == 4


async def test_one_at_a_time(renamer: Renamer) -> None:
    """While a rename is under way, another one is told to wait: so none undoes what the other has half done."""
    await renamer.engine.save(*(labelled("a") for _ in range(4)))
    await renamer.rename("a", "b")
    with pytest.raises(ConcurrentChange):
        await renamer.rename("b", "a")
    while await renamer.deliver():
        pass
    await renamer.rename("b", "a")
    while await renamer.deliver():
        pass
    assert await renamer.counts() == {"a": 4}


async def test_what_is_left_of_another_waits(renamer: Renamer) -> None:
    """An event that comes late, as a dead letter does, takes no turn of the rename that is under way."""
    await renamer.engine.save(*(labelled("a") for _ in range(4)), labelled("c"))
    await renamer.rename("a", "b")
    late = LabelHalfRenamed(uuid4(), ANN, LabelKind.TAG, "c", "d", Place(NOW - timedelta(days=1), AssetId(UUID(int=0))))
    with pytest.raises(ConcurrentChange):
        await renamer.handlers.rename_rest_of_label(late, uuid4())
    assert await renamer.counts() == {"a": 1, "b": 3, "c": 1}
    while await renamer.deliver():
        pass
    await renamer.handlers.rename_rest_of_label(late, uuid4())
    assert await renamer.counts() == {"b": 4, "d": 1}


async def test_what_comes_behind_it_stays(renamer: Renamer) -> None:
    """An asset that gets the old one where the rename has passed keeps it: so a rename always ends."""
    assets = [labelled("a") for _ in range(4)]
    await renamer.engine.save(*assets)
    await renamer.rename("a", "b")
    first = min(assets, key=lambda asset: asset.asset_id)
    async with renamer.engine.unit() as unit:
        stored = await unit.assets.get(first.asset_id)
        stored.describe(replace(stored.description, tags=("a",)), stored.file, now=NOW)
        await unit.assets.save(stored)
        await unit.commit()
    while await renamer.deliver():
        pass
    assert await renamer.counts() == {"a": 1, "b": 3}


async def test_once_for_each_request_id(renamer: Renamer) -> None:
    """The same request again changes nothing, though there is something to change again."""
    request_id = RequestId(uuid4())
    await renamer.engine.save(labelled("a"))
    await renamer.rename("a", "b", request_id=request_id)
    await renamer.engine.save(labelled("a"))
    assert (await renamer.rename("a", "b", request_id=request_id)).left == 0
    assert await renamer.counts() == {"a": 1, "b": 1}
    with pytest.raises(RequestIdReused):
        await renamer.rename("a", "c", request_id=request_id)


async def test_a_longer_one_has_to_fit(engine: Engine) -> None:
    """What a rename adds to the metadata of all assets is asked of the quota before anything changes."""
    await engine.save(*(labelled("a") for _ in range(5)))
    async with engine.unit() as unit:
        used: Usage = await unit.assets.usage(ANN)
    renamer = Renamer(engine, Quota(used.metadata_bytes + 5 * 8 * 10))
    with pytest.raises(MetadataQuotaExceeded):
        await renamer.rename("a", "a" * 12)
    assert await renamer.counts() == {"a": 5}
    await renamer.rename("a", "a" * 11)


async def test_one_that_nobody_has(renamer: Renamer) -> None:
    """Nothing is changed, and nothing is wrong."""
    assert (await renamer.rename("a", "b")).left == 0


@pytest.mark.parametrize(
    ("label", "new_label", "field_"),
    [
        ("a", "a", "new_tag"),
        ("", "b", "tag"),
        ("a", " ", "new_tag"),
        ("a", "b" * 51, "new_tag"),
        ("a", "\n", "new_tag"),
    ],
)
def test_what_is_no_rename(label: str, new_label: str, field_: str) -> None:
    """It has to be another one, within the limits of a tag."""
    with pytest.raises(InvalidArgument) as caught:
        LabelRename(LabelKind.TAG, label, new_label)
    assert [violation.field for violation in caught.value.violations][:1] == [field_]


@pytest.mark.parametrize("kind", LabelKind)
async def test_what_lies_deeper_than_may_be_is_renamed_too(renamer: Renamer, kind: LabelKind) -> None:
    """An asset that was put there before there was a bound keeps its folder, and gets the new name."""
    asset = labelled("old")
    deep = "/".join("x" * 70)
    object.__setattr__(asset.description, "folder", deep)
    await renamer.engine.save(asset)
    await renamer.rename("old", "new", kind)
    assert await renamer.counts(kind) == {"new": 1}
    assert (await renamer.engine.views.asset(asset.asset_id, ANN)).description.folder == deep
