"""Lists by expressions of every kind, over assets that are alike in most and apart in little."""

from dataclasses import replace
from datetime import timedelta

from emo_grpc.assets.domain.asset import Asset, Description
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
from emo_grpc.shared.adapters.times import microseconds

from .samples import ANN, NOW, an_asset

DAY = timedelta(days=1)
LAKE = Says("lake")
EXPRESSIONS: dict[str, Expression] = {
    "a common word": LAKE,
    "a rare word": Says("rare"),
    "words": Says("the lake rare"),
    "common words that are never together": Says("even odd"),
    "a beginning": Says("la", is_prefix=True),
    "a rare beginning": Says("rar", is_prefix=True),
    "a word of a field": Says("lake", TextField.TITLE),
    "a word that is in no such field": Says("lake", TextField.PEOPLE),
    "a text": Reads(TextField.TITLE, "The Lake even"),
    "either": AnyOf((Says("rare"), InFacet("tag", "t0"))),
    "either, of which one leads nowhere": AnyOf((Says("rare"), Not(LAKE))),
    "not": Not(LAKE),
    "nothing": Not(Present(TextField.TITLE)),
    "a tag": InFacet("tag", "t1"),
    "a tag and a word": AllOf((InFacet("tag", "t1"), Says("odd"))),
    "a few days": Between(RangeField.EVENT_DATE, microseconds(NOW), microseconds(NOW + 2 * DAY)),
    "moments": Between(RangeField.EVENT_TIME, microseconds(NOW), None),
    "no day": Not(Present(RangeField.EVENT_DATE)),
    "made in a time": Between(RangeField.CREATE_TIME, microseconds(NOW + 5 * DAY), microseconds(NOW + 9 * DAY)),
    "changed before": Between(RangeField.UPDATE_TIME, None, microseconds(NOW + 9 * DAY)),
    "large": AllOf((Between(RangeField.SIZE, 5, 9), LAKE)),
    "no size": Between(RangeField.SIZE, 1000, 2000),
    "no words": Says("!"),
}


def alike(count: int) -> list[Asset]:
    """Assets of Ann's, each a day after the one before."""
    return [_alike(at) for at in range(count)]


def _alike(at: int) -> Asset:
    title = f"The lake {('even', 'odd')[at % 2]}" + (" rare" if at % 20 == 7 else "")
    date = None if at % 5 == 0 else NOW + at % 50 * DAY
    description = Description(title=title, tags=(f"t{at % 3}",), event_date=date)
    return an_asset(description, size=at % 100, now=NOW + at * DAY)


def queries(expression: Expression, limit: int) -> list[AssetQuery]:
    """Lists by it, first pages and deep ones."""
    first = [
        AssetQuery(owner_id, limit, AssetFilter(expression=expression), sort_field, descending, viewer_id)
        for sort_field in SortField
        for descending in (True, False)
        for owner_id, viewer_id in ((ANN, None), (None, ANN))
    ]
    return [each for query in first for each in (query, replace(query, after=_middle(query.sort_field)))]


def _middle(field: SortField) -> tuple[str | int, str]:
    keys: dict[SortField, str | int] = {SortField.TITLE: "The lake m", SortField.SIZE: 50}
    return keys.get(field, microseconds(NOW + 20 * DAY)), "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"
