"""Lists by any expression, over every engine."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emo_grpc.assets.adapters.queries import drivers
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.expressions import (
    AllOf,
    AnyOf,
    Between,
    Expression,
    InFacet,
    Not,
    Present,
    RangeField,
    Reads,
    Says,
    TextField,
)
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .held import microseconds_of
from .listed import everything, expected
from .samples import NOW, an_asset

# Few values, so that ties and matches are common.
TEXTS = (
    "lake",
    "Lake",
    "the lake",
    "läke",
    "L\u0101ke house",
    "house",
    "lak",
    "\u8a95\u751f\u65e5",
    "\u751f",
    "lakes 1994",
    "*",
    "?",
    "!",
    "[l]ake",
)
texts = st.sampled_from(TEXTS)
times = st.integers(0, 3).map(lambda day: NOW + timedelta(days=day))
zones = st.sampled_from(["", "+14:00", "-11:30", "Europe/Madrid"])
labels = st.lists(texts, unique=True, max_size=3).map(tuple)


@st.composite
def described(draw: st.DrawFn) -> Description:
    date = draw(st.none() | times)
    return Description(
        title=draw(texts),
        description=draw(st.just("") | texts),
        tags=draw(labels),
        people=draw(labels),
        location=draw(st.just("") | texts),
        bookmarked=draw(st.booleans()),
        event_date=date,
        event_zone="" if date is None else draw(zones),
    )


@st.composite
def assets(draw: st.DrawFn) -> Asset:
    asset = an_asset(
        draw(described()),
        content_type=draw(st.sampled_from(["image/png", "video/mp4"])),
        size=draw(st.integers(0, 3)),
        now=draw(times),
    )
    # The id breaks ties, so it is drawn too.
    asset.asset_id = AssetId(UUID(bytes=draw(st.binary(min_size=1, max_size=1)) + uuid4().bytes[1:]))
    asset.update_time = draw(times)
    return asset


@st.composite
def ranges(draw: st.DrawFn) -> Between:
    field = draw(st.sampled_from(RangeField))
    ends = st.integers(-1, 4)
    if field is not RangeField.SIZE:
        ends = ends.map(lambda day: microseconds_of(NOW + timedelta(days=day)))
    return Between(field, draw(st.none() | ends), draw(st.none() | ends))


leaves = st.one_of(
    st.builds(Says, texts, st.none() | st.sampled_from(TextField), st.booleans()),
    st.builds(Reads, st.sampled_from(TextField), texts),
    st.builds(Present, st.sampled_from([*TextField, RangeField.EVENT_DATE])),
    st.builds(InFacet, st.sampled_from(["tag", "person"]), texts),
    st.builds(InFacet, st.just("content_type"), st.sampled_from(["image/*", "video/mp4"])),
    ranges(),
)


def _combined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    parts = st.lists(inner, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, inner)


queries = st.builds(
    AssetQuery,
    owner_id=st.none(),
    limit=st.integers(1, 7),
    filter=st.builds(
        AssetFilter,
        tags=st.just(()) | st.just(("lake",)),
        bookmarked=st.none() | st.booleans(),
        expression=st.recursive(leaves, _combined, max_leaves=6),
    ),
    sort_field=st.sampled_from(SortField),
    descending=st.booleans(),
)


@pytest.fixture(params=[2_000, 3], ids=["within the bound", "beyond the bound"])
def _bound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many rows a page looks at."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", request.param)


# The engine is kept over all examples of a test: each has an owner of its own.
@pytest.mark.usefixtures("_bound")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(made=st.lists(assets(), max_size=9), drawn=queries)
async def test_pages_hold_what_the_expression_holds_of(engine: Engine, made: list[Asset], drawn: AssetQuery) -> None:
    """Any assets, expression, order and page size: all pages together are what it holds of, in order."""
    owner_id = UserId(uuid4())
    for asset in made:
        asset.owner_ids = (owner_id,)
    await engine.save(*made)
    query = replace(drawn, owner_id=owner_id)
    assert await everything(engine, query) == expected(made, query)
