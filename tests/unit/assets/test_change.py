"""The masks of UpdateAsset, and what a batch is to change."""

from dataclasses import fields
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.commands import AssetChange
from emo_grpc.assets.domain.event_date import DatePrecision
from emo_grpc.assets.entrypoints.batch import update_of
from emo_grpc.assets.entrypoints.change import MERGES, change_of
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.entrypoints.server import MAX_REQUEST_BYTES

DATE = datetime(2020, 1, 2, tzinfo=UTC)
FULL = pb.Asset(
    asset_id="ignored", title="t", description="d", tags=["x"], people=["p"], location="l", bookmarked=True,
    event_date=Timestamp(seconds=int(DATE.timestamp())), extra_private=True, etag="ignored", state=pb.ASSET_STATE_READY,
    folder="Cafe\u0301", event_precision=pb.DATE_PRECISION_DAY, event_zone="Europe/Madrid",
    file=pb.File(name="n", content_type="Image/PNG", size_bytes=5, crc32c=7),
)  # fmt: skip
ALL = AssetChange(
    title="t", description="d", tags=("x",), people=("p",), location="l", event_date=DATE, bookmarked=True,
    extra_private=True, folder="Caf\u00e9", event_precision=DatePrecision.DAY,
    event_zone="Europe/Madrid", file_name="n", content_type="image/png",
)  # fmt: skip
NOTHING = AssetChange(
    title="", description="", tags=(), people=(), location="", clear_event_date=True, bookmarked=False,
    extra_private=False, folder="", event_precision=DatePrecision.SECOND,
    event_zone="", file_name="", content_type="application/octet-stream",
)  # fmt: skip
NAMES = {"file.name": {"file_name"}, "file.content_type": {"content_type"}}


def change(asset: pb.Asset, *paths: str) -> AssetChange:
    return change_of(pb.UpdateAssetRequest(asset=asset, update_mask=FieldMask(paths=paths)))


@pytest.mark.parametrize("path", list(MERGES))
@pytest.mark.parametrize(("asset", "whole"), [(FULL, ALL), (pb.Asset(), NOTHING)])
def test_each_path_changes_just_its_field(asset: pb.Asset, whole: AssetChange, path: str) -> None:
    """A path takes the field's value, set or not, and leaves all others."""
    found = change(asset, path)
    named = NAMES.get(path, {path}) | ({"clear_event_date"} if path == "event_date" else set())
    for field in fields(AssetChange):
        expected = getattr(whole if field.name in named else AssetChange(), field.name)
        assert getattr(found, field.name) == expected


def test_blanks_around_labels_are_no_part_of_them() -> None:
    """As in a new asset."""
    found = change(pb.Asset(tags=["a ", "a"], people=[" p"], location=" l "), "tags", "people", "location")
    assert (found.tags, found.people, found.location) == (("a",), ("p",), "l")


def test_a_star_is_everything() -> None:
    """`*` replaces all fields, so what is not set is emptied."""
    assert change(FULL, "*") == ALL
    assert change(pb.Asset(), "*") == NOTHING


def test_no_mask_is_what_is_set() -> None:
    """Without a mask the fields that are set change, and none that is not."""
    assert change_of(pb.UpdateAssetRequest(asset=FULL)) == change(FULL) == ALL
    assert change(pb.Asset(asset_id="x", etag="y")) == AssetChange()
    assert change(pb.Asset(file=pb.File(name="n"))) == AssetChange(file_name="n")


def test_paths_may_overlap() -> None:
    """`file` is both fields of the file, and a path may come twice."""
    assert change(FULL, "file") == change(FULL, "file.name", "file", "file.content_type", "file.name")


@pytest.mark.parametrize(
    "path", ["", "nothing", "asset.title", "Title", "title.x", "asset_id", "etag", "state", "owner_ids", "create_time",
             "file.size_bytes", "file.crc32c", "tags[0]", "x" * 10_000]
)  # fmt: skip
def test_other_paths_are_refused(path: str) -> None:
    """What can't be changed is refused, alone and beside what can, in a short sentence."""
    for paths in ([path], ["title", path], ["*", path]):
        with pytest.raises(InvalidArgument) as caught:
            change(FULL, *paths)
        assert [violation.field for violation in caught.value.violations] == ["update_mask"]
        assert len(caught.value.message) < 400


def test_a_star_stands_alone() -> None:
    """`*` beside another path is refused (AIP-161)."""
    with pytest.raises(InvalidArgument):
        change(FULL, "*", "title")


def test_as_many_labels_as_a_message_holds_are_refused() -> None:
    """Those that are there are not each compared with all that go, which would take an hour."""
    many = [f"{number:06}" for number in range(230_000)]
    request = pb.BatchUpdateAssetsRequest(asset_ids=[str(uuid4())], asset=pb.Asset(tags=many), remove_tags=many)
    assert request.ByteSize() < MAX_REQUEST_BYTES
    with pytest.raises(InvalidArgument) as caught:
        update_of(request, UserId(uuid4()))
    assert {violation.field for violation in caught.value.violations} == {"update_mask", "remove_tags"}
