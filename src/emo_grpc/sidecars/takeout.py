"""Sidecars of Google Photos, as Google Takeout writes them: JSON, one beside each photo and one for each album.

Google documents them nowhere; what is read here is what its exports of 2018 to 2025 hold.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, TypeAlias

from emo_grpc.sidecars.known_date import KnownDate, date_of_epoch
from emo_grpc.sidecars.sidecar import NotASidecar, Sidecar, distinct, require_small

Json: TypeAlias = object
HALF: Final = re.compile("[\ud800-\udfff]")
OF_ALBUMS: Final = frozenset({"access", "albumData", "date", "enrichments", "description"})
"""Keys of which an album's has some, beside its title."""

LONGEST_TITLE: Final = 4096
"""Characters of an album's; no folder can be called so, but it is known for one that is too long."""


def read_takeout(data: bytes) -> Sidecar:
    """What it says of a photo or video; raises NotASidecar."""
    found = _object(data)
    if not isinstance(found.get("photoTakenTime"), dict):
        raise NotASidecar("it is no sidecar of Google Photos")
    people = found.get("people")
    return Sidecar(
        file_name=_text(found.get("title")),
        description=_text(found.get("description")),
        people=distinct(_text(_entries(each).get("name")) for each in (people if isinstance(people, list) else ())),
        location=_place(_entries(found.get("geoData"))) or _place(_entries(found.get("geoDataExif"))),
        date=_date(_entries(found["photoTakenTime"]).get("timestamp")),
        is_bookmarked=found.get("favorited") is True,
        is_trashed=found.get("trashed") is True,
    )


def read_album_title(data: bytes) -> str:
    """What an album is called; raises NotASidecar for what is no album's."""
    found = _object(data)
    if "photoTakenTime" in found or not OF_ALBUMS.intersection(found):
        raise NotASidecar("it is no album's")
    title = _text(found.get("title")) or _text(_entries(found.get("albumData")).get("title"))
    if not title:
        raise NotASidecar("the album has no title")
    return title[:LONGEST_TITLE]


def _object(data: bytes) -> Mapping[str, Json]:
    require_small(data)
    try:
        found: Json = json.loads(data)
    except (ValueError, RecursionError):
        raise NotASidecar("it is no JSON") from None
    return _entries(found)


def _entries(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str:
    """JSON may hold half a pair of surrogates, which is no text."""
    return HALF.sub("\ufffd", value).strip() if isinstance(value, str) else ""


def _date(value: Json) -> KnownDate | None:
    with suppress(ValueError):
        if isinstance(value, str | int):
            return date_of_epoch(int(value))
    return None


def _place(geo: Mapping[str, Json]) -> str:
    """Degrees as `41.98250, 2.82330`; zeros are Google's word for nowhere."""
    latitude, longitude = geo.get("latitude"), geo.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return ""
    if (latitude, longitude) == (0, 0) or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return ""
    return f"{latitude:.5f}, {longitude:.5f}"
