"""Lists by expressions, over every engine."""

from dataclasses import replace

import pytest

from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.service_layer.expressions import Between, Expression, RangeField, Reads, Says, TextField
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.adapters.times import microseconds
from emo_grpc.shared.domain.ids import UserId

from .asked import DAY, EXPRESSIONS, alike
from .engines import Engine
from .listed import everything, expected, pages
from .samples import ANN, BOB, NOW, an_asset


async def found(engine: Engine, expression: Expression, owner_id: UserId | None = ANN) -> int:
    return len(await everything(engine, AssetQuery(owner_id, 5, AssetFilter(expression=expression))))


@pytest.mark.parametrize("bound", [2_000, 12], ids=["few", "many"])
async def test_each_expression_in_each_order(engine: Engine, monkeypatch: pytest.MonkeyPatch, bound: int) -> None:
    """A list holds just what the expression holds of, in order, for one owner and over all, whatever a page sees."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", bound)
    mine, others = alike(40), [an_asset(Description(title="Bob's lake"), owner_id=BOB)]
    await engine.save(*mine, *others)
    for expression in EXPRESSIONS.values():
        for sort_field in SortField:
            for owner_id, assets in ((ANN, mine), (None, mine + others)):
                query = AssetQuery(owner_id, 7, AssetFilter(expression=expression), sort_field)
                assert await everything(engine, query) == expected(assets, query), (expression, sort_field)


async def test_a_page_that_looked_at_enough_ends(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few it holds, it says where the list goes on, and pages come to the end of it."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", 10)
    await engine.save(*alike(40))
    nothing = AssetFilter(expression=Says("even odd"))
    by_title = await pages(engine, AssetQuery(ANN, 5, nothing, SortField.TITLE))
    assert [len(page.items) for page in by_title] == [0] * 5
    rare = await pages(engine, AssetQuery(ANN, 5, AssetFilter(expression=Says("rare")), SortField.TITLE))
    assert [len(page.items) for page in rare] == [2]


async def test_words_follow_changes(engine: Engine) -> None:
    """What is said anew finds an asset, and what is not said any more does not, for each owner and nobody else."""
    asset = an_asset(Description(title="The lake", description="Grandma"))
    await engine.save(asset)
    asset.owner_ids = (ANN, BOB)
    asset.describe(Description(title="The Sea", description="Grandma"), replace(asset.file, name="s.png"), now=NOW)
    await engine.save(asset)
    for owner_id in (ANN, BOB, None):
        assert [await found(engine, Says(word), owner_id) for word in ("sea", "grandma", "png", "lake")] == [1, 1, 1, 0]
        assert await found(engine, Reads(TextField.TITLE, "the sea"), owner_id) == 1
    asset.owner_ids = (BOB,)
    await engine.save(asset)
    assert [await found(engine, Says("grandma"), owner_id) for owner_id in (ANN, BOB)] == [0, 1]
    await engine.remove(asset)
    assert await found(engine, Says("grandma"), BOB) == 0


async def test_a_day_is_that_of_its_own_zone(engine: Engine) -> None:
    """Midnight in Auckland and in Honolulu are a day apart as moments, and the same day."""
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    auckland = Description(title="x", event_date=midnight - DAY * 13 / 24, event_zone="Pacific/Auckland")
    honolulu = Description(title="x", event_date=midnight + DAY * 10 / 24, event_zone="Pacific/Honolulu")
    await engine.save(an_asset(auckland), an_asset(honolulu))
    day = (microseconds(midnight), microseconds(midnight + DAY))
    assert await found(engine, Between(RangeField.EVENT_DATE, *day)) == 2
    assert await found(engine, Between(RangeField.EVENT_TIME, *day)) == 1


async def test_a_long_text_is_found_as_a_whole(engine: Engine) -> None:
    """Whatever its length, and no other one that begins or ends so."""
    text = "The lake, and everybody in it. " * 20
    await engine.save(an_asset(Description(title="x", description=text)))
    assert await found(engine, Reads(TextField.DESCRIPTION, text.upper())) == 1
    assert await found(engine, Reads(TextField.DESCRIPTION, text + "x")) == 0


async def test_all_ids(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that an expression holds of are found for a batch, and one more than its limit, however far apart."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", 10)
    made = alike(60)
    await engine.save(*made)
    for expression in (Says("rare"), Says("lake"), EXPRESSIONS["not"], Says("!")):
        for limit in (2, 30, 100):
            query = AssetQuery(ANN, limit, AssetFilter(expression=expression), descending=False)
            assert await engine.views.matching_ids(query) == expected(made, query)[: limit + 1]
