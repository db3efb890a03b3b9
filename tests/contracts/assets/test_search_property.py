"""Searches over any assets, on every engine, against a ranking in plain Python."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.service_layer.search import SearchQuery
from emo_grpc.assets.service_layer.views import AssetFilter
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .ranked import everything, expected, is_whole
from .samples import ANN
from .test_expressions_property import TEXTS, assets, leaves

queries = st.builds(
    SearchQuery,
    owner_id=st.just(ANN),
    text=st.sampled_from([*TEXTS, "la", "lake la", "the l", "h", "lake lake", "\u751f\u65e5"]),
    limit=st.integers(1, 7),
    filter=st.builds(AssetFilter, bookmarked=st.none() | st.booleans(), expression=st.none() | leaves),
)
# The engine is kept over all examples of a test: each has an owner of its own.
examples = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


async def stored(engine: Engine, made: list[Asset], drawn: SearchQuery) -> SearchQuery:
    """Give the assets to the owner of a query of their own."""
    owner_id = UserId(uuid4())
    for asset in made:
        asset.owner_ids = (owner_id,)
    await engine.save(*made)
    return replace(drawn, owner_id=owner_id)


@examples
@given(made=st.lists(assets(), max_size=9), drawn=queries)
async def test_pages_are_the_ranking(engine: Engine, made: list[Asset], drawn: SearchQuery) -> None:
    """Any assets, words, filter and page size: all pages together are the matches in the order of their rank."""
    query = await stored(engine, made, drawn)
    assert await everything(engine, query) == expected(made, query)


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", 3)


@pytest.mark.usefixtures("_few")
@examples
@given(made=st.lists(assets(), max_size=9), drawn=queries)
async def test_pages_that_look_at_few_hold_each_match_once(
    engine: Engine, made: list[Asset], drawn: SearchQuery
) -> None:
    """However little is ranked together, what has all words as they are before the rest."""
    query = await stored(engine, made, drawn)
    found = await everything(engine, query)
    assert sorted(found) == sorted(expected(made, query))
    by_id = {asset.asset_id: asset for asset in made}
    wholes = [is_whole(by_id[asset_id], query.text) for asset_id, _ in found]
    assert wholes == sorted(wholes, reverse=True)
