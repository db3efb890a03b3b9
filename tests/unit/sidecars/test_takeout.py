"""JSON of Google Photos."""

import json
from datetime import UTC, datetime

import pytest

from emo_grpc.sidecars.known_date import KnownDate
from emo_grpc.sidecars.sidecar import MAX_BYTES, NotASidecar, Sidecar
from emo_grpc.sidecars.takeout import read_album_title, read_takeout

PHOTO: dict[str, object] = {
    "title": "IMG_0009.jpg",
    "description": "Grandma's birthday\nwith the whole family",
    "imageViews": "12",
    "creationTime": {"timestamp": "1598000000", "formatted": "21 Aug 2020, 08:53:20 UTC"},
    "photoTakenTime": {"timestamp": "768225600", "formatted": "6 May 1994, 12:00:00 UTC"},
    "geoData": {"latitude": 41.9825, "longitude": 2.8233, "altitude": 76.0, "latitudeSpan": 0.0, "longitudeSpan": 0.0},
    "geoDataExif": {"latitude": 1.0, "longitude": 1.0, "altitude": 0.0, "latitudeSpan": 0.0, "longitudeSpan": 0.0},
    "people": [{"name": "Ann"}, {"name": "Grandma"}, {"name": "Ann"}, {"name": " "}],
    "favorited": True,
    "url": "https://photos.google.com/photo/xyz",
    "googlePhotosOrigin": {"mobileUpload": {"deviceType": "ANDROID_PHONE"}},
}


def test_a_photo_keeps_what_google_photos_knows() -> None:
    """Name, description, time, place, people and the star of a photo are read."""
    assert read_takeout(json.dumps(PHOTO).encode()) == Sidecar(
        file_name="IMG_0009.jpg",
        description="Grandma's birthday\nwith the whole family",
        people=("Ann", "Grandma"),
        location="41.98250, 2.82330",
        date=KnownDate(datetime(1994, 5, 6, 12, tzinfo=UTC)),
        is_bookmarked=True,
    )


def test_no_place_is_no_place() -> None:
    """Zeros, which Google writes for nowhere, and degrees that no place has, are left out; the camera's count then."""
    nowhere = PHOTO | {"geoData": {"latitude": 0.0, "longitude": 0.0}}
    assert read_takeout(json.dumps(nowhere).encode()).location == "1.00000, 1.00000"
    odd = nowhere | {"geoDataExif": {"latitude": float("nan"), "longitude": 7}}
    assert read_takeout(json.dumps(odd).encode()).location == ""


def test_what_was_thrown_away_says_so() -> None:
    """A photo that lay in Google's bin is told from others."""
    assert read_takeout(json.dumps(PHOTO | {"trashed": True}).encode()).is_trashed


@pytest.mark.parametrize(
    "content",
    [
        {"photoTakenTime": {}},
        {"photoTakenTime": {"timestamp": "soon"}, "people": "Ann", "title": 7, "geoData": [], "favorited": "yes"},
        {"photoTakenTime": {"timestamp": "9" * 30}, "people": [None, {"name": {}}], "description": None},
        {"photoTakenTime": {"timestamp": "9" * 5000}},
    ],
)
def test_odd_values_say_nothing(content: object) -> None:
    """A value of another type than Google's is left out, and the rest counts."""
    assert read_takeout(json.dumps(content).encode()) == Sidecar()


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"[]", b"7", b'{"title": "a document of somebody"}', b"[" * 200_000, b" " * (MAX_BYTES + 1)],
)
def test_what_is_no_sidecar_is_refused(data: bytes) -> None:
    """Other JSON, what is none, what is nested without end, and what is too large for a sidecar, is refused."""
    with pytest.raises(NotASidecar):
        read_takeout(data)


@pytest.mark.parametrize(
    "album",
    [
        {"title": "Summer in Girona", "description": "", "access": "protected", "date": {"timestamp": "768225600"}},
        {"albumData": {"title": "Summer in Girona", "date": {"timestamp": "768225600"}}},
    ],
)
def test_an_album_has_a_title(album: object) -> None:
    """The title of an album is read, of today's exports and of earlier ones."""
    assert read_album_title(json.dumps(album).encode()) == "Summer in Girona"


@pytest.mark.parametrize("other", [PHOTO, {"title": "x"}, {"access": "protected", "title": ""}])
def test_what_is_no_album_is_refused(other: object) -> None:
    """A photo's sidecar, other JSON and an album without a name are no album's."""
    with pytest.raises(NotASidecar):
        read_album_title(json.dumps(other).encode())
