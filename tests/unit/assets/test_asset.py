"""The rules of assets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.content import Manifest, StoredContent, WrappedKey
from emo_grpc.assets.domain.errors import FileAlreadyComplete
from emo_grpc.assets.domain.events import AssetDeleted
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.shared.domain.aggregate import RecordedEvent
from emo_grpc.shared.domain.errors import EtagMismatch, InvalidArgument
from emo_grpc.shared.domain.ids import UserId

NOW = datetime(2026, 3, 4, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CONTENT = StoredContent(BlobKey.new(), Manifest(12, 8 << 20, 99), WrappedKey("kek", b"key"))


@pytest.fixture
def asset() -> Asset:
    return Asset.create(
        asset_id=AssetId.new(),
        owner_id=UserId(uuid4()),
        description=Description(title="The lake"),
        file=File(name="lake.jpg", content_type="image/jpeg", size_bytes=10, crc32c=5),
        now=NOW,
    )


def test_a_new_asset_waits_for_its_file(asset: Asset) -> None:
    """It is pending, with its one owner and without a checksum that nobody has proven."""
    assert (asset.state, asset.content, asset.version) == (AssetState.PENDING, None, 0)
    assert len(asset.owner_ids) == 1
    assert asset.file.crc32c is None
    assert asset.create_time == asset.update_time == NOW


def test_completion_says_what_is_stored(asset: Asset) -> None:
    """The file shows the size and checksum of what came in, whatever was declared."""
    asset.complete(CONTENT, now=LATER)
    assert (asset.state, asset.content, asset.update_time) == (AssetState.READY, CONTENT, LATER)
    assert (asset.file.size_bytes, asset.file.crc32c) == (12, 99)


def test_a_file_is_never_replaced(asset: Asset) -> None:
    """Completing it twice is refused."""
    asset.complete(CONTENT, now=NOW)
    with pytest.raises(FileAlreadyComplete):
        asset.complete(CONTENT, now=LATER)


def test_describing_keeps_what_is_known_of_the_bytes(asset: Asset) -> None:
    """A new description changes the file's name and type, not its size, checksum or content."""
    asset.complete(CONTENT, now=NOW)
    asset.describe(Description(title="Sea"), File(name="sea.png", content_type="image/png", size_bytes=1), now=LATER)
    assert asset.file == File(name="sea.png", content_type="image/png", size_bytes=12, crc32c=99)
    assert (asset.description.title, asset.content, asset.update_time) == ("Sea", CONTENT, LATER)
    assert asset.create_time == NOW


def test_etags_follow_versions(asset: Asset) -> None:
    """An empty or the current etag passes; any other raises, naming the current one."""
    first = asset.etag
    asset.check_etag("")
    asset.check_etag(first)
    asset.version += 1
    with pytest.raises(EtagMismatch) as caught:
        asset.check_etag(first)
    assert caught.value.metadata["etag"] == asset.etag != first


def test_deleting_a_complete_asset_lets_its_bytes_follow(asset: Asset) -> None:
    """The event names the object to delete; a pending asset has none."""
    asset.delete()
    assert asset.pull_events() == []
    asset.complete(CONTENT, now=NOW)
    asset.delete()
    assert asset.pull_events() == [RecordedEvent(AssetDeleted(asset.asset_id, CONTENT.blob_key))]


def test_the_last_owner_is_not_taken_off(asset: Asset) -> None:
    """An owner is taken off as long as there is another one: an asset of nobody would be found by nobody."""
    first, second = asset.owner_ids[0], UserId(uuid4())
    asset.owner_ids += (second,)
    assert asset.remove_owner(first)
    assert asset.owner_ids == (second,)
    assert not asset.remove_owner(second)
    assert asset.owner_ids == (second,)


def test_a_key_that_is_wrapped_anew_opens_the_same_file(asset: Asset) -> None:
    """Only the wrapped key is another one; without a file there is none."""
    other = WrappedKey("other kek", b"other")
    asset.rewrap(other)
    assert asset.content is None
    asset.complete(CONTENT, now=NOW)
    asset.rewrap(other)
    assert asset.content == replace(CONTENT, wrapped_key=other)


FINE = Description(title="x")


def test_a_description_within_its_limits_is_fine() -> None:
    """Each limit itself is allowed, and line breaks are in the description."""
    found = Description(
        title="x" * 200,
        description="y\n\t" + "y" * 4997,
        tags=tuple(str(number) * 25 for number in range(10, 60)),
        people=("z" * 100,),
        location="w" * 200,
    )
    assert (len(found.title), len(found.description), len(found.tags), len(found.location)) == (200, 5000, 50, 200)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"title": ""}, ["asset.title"]),
        ({"title": " \u00a0"}, ["asset.title"]),
        ({"title": "x" * 201}, ["asset.title"]),
        ({"title": "a\nb"}, ["asset.title"]),
        ({"title": "a\ud800"}, ["asset.title"]),
        ({"description": "x" * 5001}, ["asset.description"]),
        ({"description": "a\x00b"}, ["asset.description"]),
        ({"location": "x" * 201}, ["asset.location"]),
        ({"tags": ("a", "", "x" * 51)}, ["asset.tags[1]", "asset.tags[2]"]),
        ({"tags": ("a", "b", "a")}, ["asset.tags"]),
        ({"tags": tuple(map(str, range(51)))}, ["asset.tags"]),
        ({"people": ("x" * 101,)}, ["asset.people[0]"]),
        ({"title": "", "location": "\x07"}, ["asset.title", "asset.location"]),
    ],
)
def test_a_description_names_all_that_is_wrong(change: dict[str, str], fields: list[str]) -> None:
    """Every wrong field is named at once."""
    with pytest.raises(InvalidArgument) as caught:
        replace(FINE, **change)  # type: ignore[arg-type]  # the fields of a table, of several types
    assert [violation.field for violation in caught.value.violations] == fields
