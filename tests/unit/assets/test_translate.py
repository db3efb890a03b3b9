"""Between the contract's messages and ours."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.asset import AssetState
from emo_grpc.assets.domain.file import AssetKind
from emo_grpc.assets.entrypoints import present, translate
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.entrypoints.timestamps import timestamp

ANN = UserId(uuid4())


def test_every_state_and_kind_has_its_number() -> None:
    """States and kinds of ours and of the contract are the same, one for one."""
    assert {f"ASSET_STATE_{state.name}" for state in AssetState} | {"ASSET_STATE_UNSPECIFIED"} == set(
        pb.AssetState.keys()
    )
    assert all(pb.AssetState.Name(number) == f"ASSET_STATE_{state.name}" for state, number in translate.STATES.items())
    assert {f"ASSET_KIND_{kind.name}" for kind in AssetKind} | {"ASSET_KIND_UNSPECIFIED"} == set(pb.AssetKind.keys())
    assert all(pb.AssetKind.Name(number) == f"ASSET_KIND_{kind.name}" for kind, number in present.KINDS.items())
    assert translate.STATES.keys() == set(AssetState)
    assert present.KINDS.keys() == set(AssetKind)


def test_a_new_asset() -> None:
    """What is set is taken, what is output only is not, and a content type is in lower case or the default."""
    message = pb.Asset(
        asset_id="x", title="Lake", tags=["a"], state=pb.ASSET_STATE_READY, owner_ids=["y"], etag="z",
        file=pb.File(name="a.jpg", content_type="Image/JPEG", size_bytes=3, crc32c=9),
    )  # fmt: skip
    command = translate.create_asset(pb.CreateAssetRequest(asset=message), ANN)
    said, file = command.description, command.file
    assert (command.owner_id, command.request_id) == (ANN, None)
    assert (said.title, said.tags, said.event_date) == ("Lake", ("a",), None)
    assert (file.name, file.content_type, file.size_bytes, file.crc32c) == ("a.jpg", "image/jpeg", 3, None)
    message.file.content_type = ""
    request = pb.CreateAssetRequest(asset=message, request_id=str(ANN))
    command = translate.create_asset(request, ANN)
    assert command.file.content_type == "application/octet-stream"
    assert command.request_id == RequestId(ANN.value)


def test_blanks_around_labels_are_no_part_of_them() -> None:
    """Of a tag, a person and a place; within they stay, as commas do. Two that only they tell apart are one."""
    message = pb.Asset(
        title="x", tags=[" sea", "sea", "the  sea "], people=["\u00a0Ann, Bob\u3000"], location=" Cadaqués ",
        file=pb.File(name="a"),
    )  # fmt: skip
    said = translate.create_asset(pb.CreateAssetRequest(asset=message), ANN).description
    assert (said.tags, said.people, said.location) == (("sea", "the  sea"), ("Ann, Bob",), "Cadaqués")
    for tags in (["sea", "sea"], [" "]):
        with pytest.raises(InvalidArgument, match=r"asset\.tags"):
            translate.create_asset(pb.CreateAssetRequest(asset=pb.Asset(title="x", tags=tags)), ANN)


def test_labels_that_are_one_without_blanks_are_one() -> None:
    """Also if none of them is there without; but one that is there twice just so is refused later."""
    assert translate.labels_of([" cake", "cake ", "pie"]) == ("cake", "pie")
    assert translate.labels_of(["cake", "cake"]) == ("cake", "cake")


class ComparedText(str):
    """Counts how often any of them is compared."""

    __slots__ = ()
    times = 0

    def __eq__(self, other: object) -> bool:
        ComparedText.times += 1
        return super().__eq__(other)

    __hash__ = str.__hash__


def test_each_label_is_compared_a_few_times_however_many_there_are() -> None:
    """A message holds hundreds of thousands, and they are counted only later."""
    texts = [ComparedText(f" {number}") for number in range(2000)]
    assert len(translate.labels_of(texts)) == len(texts)
    assert ComparedText.times < 10 * len(texts)


def test_all_that_is_wrong_is_named() -> None:
    """Every wrong field of the request, its asset and its file is named at once."""
    message = pb.Asset(tags=["", "x" * 51], file=pb.File(content_type="nonsense", size_bytes=-1))
    with pytest.raises(InvalidArgument) as caught:
        translate.create_asset(pb.CreateAssetRequest(asset=message, request_id="x"), ANN)
    assert [violation.field for violation in caught.value.violations] == [
        "asset.title", "asset.tags[0]", "asset.tags[1]",
        "asset.file.name", "asset.file.content_type", "asset.file.size_bytes", "request_id",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "time",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_times(time: datetime) -> None:
    """Every time that there is goes there and back."""
    assert translate.event_date_of(pb.Asset(event_date=timestamp(time))) == time


def test_no_time() -> None:
    """No event date is none, which is not 1970."""
    assert translate.event_date_of(pb.Asset()) is None
    assert translate.event_date_of(pb.Asset(event_date=Timestamp())) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [(253_402_300_800, 0), (-62_135_596_801, 0), (1 << 62, 0), (-(1 << 63), 0), (0, -1), (0, 1_000_000_000)],
)
def test_times_out_of_range(seconds: int, nanos: int) -> None:
    """What is no point in time is refused by name."""
    with pytest.raises(InvalidArgument) as caught:
        translate.event_date_of(pb.Asset(event_date=Timestamp(seconds=seconds, nanos=nanos)))
    assert [violation.field for violation in caught.value.violations] == ["asset.event_date"]
