"""Paging through any set of assets, over every engine."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.domain.ids import UserId

from .engines import Engine
from .listed import everything, expected
from .samples import NOW, an_asset

# Few values, so that ties and empty matches are common; text from all of Unicode.
letters = st.characters(exclude_categories=("Cc", "Cs"))
titles = st.text(letters, min_size=1, max_size=3).filter(lambda title: bool(title.strip()))
times = st.integers(0, 3).map(lambda day: NOW + timedelta(days=day))
labels = st.lists(st.sampled_from("abc"), unique=True, max_size=3).map(tuple)
folders = st.sampled_from(["", "a", "a/b", "ab"])
descriptions = st.builds(
    Description,
    title=titles,
    tags=labels,
    people=labels,
    bookmarked=st.booleans(),
    folder=folders,
    event_date=st.none() | times,
)
filters = st.builds(
    AssetFilter,
    content_types=st.lists(st.sampled_from(["image/*", "image/png", "video/mp4"]), max_size=2).map(tuple),
    tags=labels,
    people=labels,
    bookmarked=st.none() | st.booleans(),
    folder=st.none() | folders,
    in_subfolders=st.booleans(),
)


@st.composite
def assets(draw: st.DrawFn) -> Asset:
    asset = an_asset(
        draw(descriptions),
        content_type=draw(st.sampled_from(["image/png", "image/gif", "video/mp4"])),
        now=draw(times),
    )
    # The id breaks ties, so it is drawn too.
    asset.asset_id = AssetId(UUID(bytes=draw(st.binary(min_size=1, max_size=1)) + uuid4().bytes[1:]))
    asset.update_time = draw(times)
    return asset


orders = st.builds(
    AssetQuery,
    owner_id=st.none(),
    limit=st.integers(1, 13),
    filter=st.just(AssetFilter()) | filters,
    sort_field=st.sampled_from(SortField),
    descending=st.booleans(),
)


# The engine is kept over all examples of a test: each has an owner of its own.
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(assets(), max_size=12), drawn=orders)
async def test_pages_add_up_to_the_sorted_whole(engine: Engine, made: list[Asset], drawn: AssetQuery) -> None:
    """Any assets, filter, order and page size: all pages together are the sorted whole."""
    owner_id = UserId(uuid4())
    for asset in made:
        asset.owner_ids = (owner_id,)
    await engine.save(*made)
    query = replace(drawn, owner_id=owner_id)
    assert await everything(engine, query) == expected(made, query)
