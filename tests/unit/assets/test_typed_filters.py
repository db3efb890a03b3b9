"""The fields of AssetFilter beside the filter language."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.errors import InvalidFilter
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.entrypoints.filtering.translation import expression_of
from emo_grpc.assets.entrypoints.listing import filter_of
from emo_grpc.assets.service_layer.expressions import AllOf, Between, Expression, RangeField, Says, TextField
from emo_grpc.assets.service_layer.views import AssetFilter
from emo_grpc.shared.domain.errors import InvalidArgument

AT = datetime(1994, 5, 6, 10, 30, 0, 5, tzinfo=UTC)
MOMENT = 768_220_200_000_005


def stamp(time: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(time)
    return message


SAME: dict[str, dict[str, Any]] = {
    "event_date >= 1994": {"event_date_from": "1994"},
    "event_date <= 1995-06": {"event_date_to": "1995-06"},
    "size >= 5": {"min_size_bytes": 5},
    "size <= 0": {"max_size_bytes": 0},
    "location:girona": {"location": "girona"},
    "location:giron*": {"location": "giron*"},
    "tags:*": {"present_fields": ["tags", "tags"]},
    "NOT event_date:*": {"absent_fields": ["event_date"]},
    "lake": {"text": "lake"},
    "file.name:* -people:*": {"present_fields": ["file.name"], "absent_fields": ["people"]},
}


@pytest.mark.parametrize("text", SAME)
def test_a_field_says_the_same_as_the_language(text: str) -> None:
    """Whichever a program fills in."""
    assert filter_of(pb.AssetFilter(**SAME[text])).expression == expression_of(text)


WHOLE: dict[str, tuple[dict[str, Any], Expression]] = {
    "dates": (
        {"event_date_from": "1970", "event_date_to": "1970-01-02"},
        Between(RangeField.EVENT_DATE, 0, 2 * 86_400_000_000),
    ),
    "times": (
        {"create_time_from": stamp(AT), "create_time_before": stamp(AT)},
        Between(RangeField.CREATE_TIME, MOMENT, MOMENT),
    ),
    "from a time": ({"create_time_from": stamp(AT)}, Between(RangeField.CREATE_TIME, low=MOMENT)),
    "sizes": ({"min_size_bytes": 1, "max_size_bytes": 9}, Between(RangeField.SIZE, 1, 10)),
    "several words": ({"text": "the lake*"}, Says("the lake", is_prefix=True)),
}


@pytest.mark.parametrize("case", WHOLE)
def test_two_ends_are_one_range(case: str) -> None:
    """Both ends of it in one."""
    given, expression = WHOLE[case]
    assert filter_of(pb.AssetFilter(**given)).expression == expression


def test_everything_that_is_given_must_hold() -> None:
    """Fields and language together, each once."""
    message = pb.AssetFilter(text="a", location="b", expression="c d", kinds=[pb.ASSET_KIND_PHOTO, pb.ASSET_KIND_PHOTO])
    assert filter_of(message) == AssetFilter(
        kinds=(AssetKind.PHOTO,),
        expression=AllOf((Says("a"), Says("b", TextField.LOCATION), Says("c"), Says("d"))),
    )
    assert filter_of(pb.AssetFilter()) == AssetFilter()


WRONG: dict[str, dict[str, Any]] = {
    "filter.text": {"text": "a" * 201},
    "filter.location": {"location": " *"},
    "filter.kinds": {"kinds": [0]},
    "filter.event_date_from": {"event_date_from": "1994-13"},
    "filter.event_date_to": {"event_date_to": "yesterday"},
    "filter.create_time_from": {"create_time_from": Timestamp(seconds=1 << 62)},
    "filter.create_time_before": {"create_time_before": Timestamp(nanos=-1)},
    "filter.min_size_bytes": {"min_size_bytes": -1},
    "filter.max_size_bytes": {"max_size_bytes": (1 << 63) - 1},
    "filter.present_fields": {"present_fields": ["state"]},
    "filter.absent_fields": {"absent_fields": ["tags"] * 21},
}


def test_what_is_wrong_is_named_together() -> None:
    """Each field by its name, all of them at once, before the language is looked at."""
    message = pb.AssetFilter(expression="(")
    for given in WRONG.values():
        message.MergeFrom(pb.AssetFilter(**given))
    with pytest.raises(InvalidArgument) as caught:
        filter_of(message)
    assert not isinstance(caught.value, InvalidFilter)
    assert {violation.field for violation in caught.value.violations} == set(WRONG)
