"""Folders of assets, and the companions of their dates."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.event_date import DatePrecision
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.folder import within
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId

DATE = datetime(1994, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize("folder", ["", "a", "Café/1994 ✨/b", ".hidden", "a" * 1024, "日本/京都", "/".join("a" * 64)])
def test_folders(folder: str) -> None:
    """The top, and paths of up to 64 names and 1,024 bytes."""
    assert Description(title="t", folder=folder).folder == folder


@pytest.mark.parametrize(
    "folder",
    [
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a/.",
        "a\nb",
        "a\0b",
        "\ud800",
        "Cafe\u0301",
        "a" * 1025,
        "é" * 513,
        "/".join("a" * 65),
        "/".join("a" * 500),
        "/" * 1_000_000,
    ],
)
def test_no_folders(folder: str) -> None:
    """What is no path of names, or is longer or deeper, is refused, however long or deep it is."""
    with pytest.raises(InvalidArgument) as caught:
        Description(title="t", folder=folder)
    assert {violation.field for violation in caught.value.violations} == {"asset.folder"}


def test_where_a_folder_lies() -> None:
    """It is within itself and all above it, the top first."""
    assert within("") == [""]
    assert within("a/b b/c") == ["", "a", "a/b b", "a/b b/c"]


def test_what_a_folder_counts_against_the_metadata_quota() -> None:
    """Each folder that an asset is in, or below, its path 12 times and 512 bytes, and its own path once more."""
    used = [an_asset(folder).metadata_bytes - an_asset("").metadata_bytes for folder in ("", "ab", "ab/cd/e")]
    assert used == [0, 512 + 12 * 2 + 2, 3 * 512 + 12 * (2 + 5 + 7) + 7]


def an_asset(folder: str) -> Asset:
    said, file = Description(title="t", folder=folder), File(name="t", content_type="image/png", size_bytes=0)
    return Asset.create(asset_id=AssetId.new(), owner_id=UserId(uuid4()), description=said, file=file, now=DATE)


@pytest.mark.parametrize("zone", ["", "Europe/Madrid", "UTC", "+02:00", "-03:30", "+14:00"])
def test_zones(zone: str) -> None:
    """Names of the IANA database, and offsets from UTC."""
    assert Description(title="t", event_date=DATE, event_zone=zone).event_zone == zone


@pytest.mark.parametrize(
    "zone", ["Nowhere/City", "+2", "+15:00", "02:00", "../etc/passwd", "/etc/localtime", "Europe", "\0", "x" * 65]
)
def test_no_zones(zone: str) -> None:
    """Anything else is refused; nothing outside the database is looked at."""
    with pytest.raises(InvalidArgument, match="event_zone"):
        Description(title="t", event_date=DATE, event_zone=zone)


def test_companions_of_no_date() -> None:
    """Without a date there is no precision and no zone."""
    with pytest.raises(InvalidArgument, match="event_precision"):
        Description(title="t", event_precision=DatePrecision.DAY)
    with pytest.raises(InvalidArgument, match="event_zone"):
        Description(title="t", event_zone="UTC")
