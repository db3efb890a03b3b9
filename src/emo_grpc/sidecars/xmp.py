"""Sidecars of XMP (ISO 16684-1), as photo programs write them: what they say of title, place, date and people."""

import re
from collections.abc import Mapping
from typing import Final

from emo_grpc.sidecars.known_date import KnownDate, parse_date
from emo_grpc.sidecars.rdf import NOTHING, Value, read_properties
from emo_grpc.sidecars.sidecar import Sidecar, distinct

DC: Final = "{http://purl.org/dc/elements/1.1/}"
EXIF: Final = "{http://ns.adobe.com/exif/1.0/}"
IPTC_CORE: Final = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
IPTC_EXT: Final = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
PHOTOSHOP: Final = "{http://ns.adobe.com/photoshop/1.0/}"
REGIONS: Final = "{http://www.metadataworkinggroup.com/schemas/regions/}"
XMP: Final = "{http://ns.adobe.com/xap/1.0/}"

DATES: Final = (f"{PHOTOSHOP}DateCreated", f"{EXIF}DateTimeOriginal", f"{XMP}CreateDate")
"""When it was taken, and last when the file was made of it: Metadata Working Group, guidelines 2.0, section 5.3."""
PLACE: Final = (f"{IPTC_CORE}Location", f"{PHOTOSHOP}City", f"{PHOTOSHOP}State", f"{PHOTOSHOP}Country")
PLACES: Final = (f"{IPTC_EXT}LocationCreated", f"{IPTC_EXT}LocationShown")
PLACE_FIELDS: Final = tuple(f"{IPTC_EXT}{name}" for name in ("Sublocation", "City", "ProvinceState", "CountryName"))
COORDINATE: Final = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d{1,12})?)(?:,(\d{1,2}(?:\.\d{1,12})?))?([NSEW])", re.ASCII)
"""Degrees, minutes and perhaps seconds (ISO 16684-1, 8.2.1.3 GPSCoordinate)."""


def read_xmp(data: bytes) -> Sidecar:
    """What it says; raises NotASidecar."""
    found = read_properties(data)
    return Sidecar(
        title=_text(found, f"{DC}title"),
        description=_text(found, f"{DC}description"),
        tags=distinct(found.get(f"{DC}subject", NOTHING).texts),
        people=distinct((*found.get(f"{IPTC_EXT}PersonInImage", NOTHING).texts, *_faces(found))),
        location=_place(found),
        date=_date(found),
    )


def _text(found: Mapping[str, Value], name: str) -> str:
    return found.get(name, NOTHING).chosen_text


def _date(found: Mapping[str, Value]) -> KnownDate | None:
    dates = (parse_date(_text(found, name)) for name in DATES)
    return next((date for date in dates if date is not None), None)


def _faces(found: Mapping[str, Value]) -> list[str]:
    """Names of the regions that are faces; Metadata Working Group, guidelines 2.0, section 5.9."""
    regions = found.get(f"{REGIONS}Regions", NOTHING).fields.get(f"{REGIONS}RegionList", NOTHING)
    return [
        _text(each.fields, f"{REGIONS}Name")
        for each in regions.items
        if _text(each.fields, f"{REGIONS}Type") in ("", "Face")
    ]


def _place(found: Mapping[str, Value]) -> str:
    """Names from the smallest to the country, else coordinates."""
    named = ", ".join(distinct(_text(found, name) for name in PLACE))
    for name in PLACES:
        place = found.get(name, NOTHING)
        for each in place.items or (place,):
            named = named or ", ".join(distinct(_text(each.fields, part) for part in PLACE_FIELDS))
            named = named or _text(each.fields, f"{IPTC_EXT}LocationName")
    return named or _coordinates(_text(found, f"{EXIF}GPSLatitude"), _text(found, f"{EXIF}GPSLongitude"))


def _coordinates(latitude: str, longitude: str) -> str:
    """As `41.98250, 2.82330`; empty unless there are both."""
    found = [COORDINATE.fullmatch(text.strip()) for text in (latitude, longitude)]
    degrees = [_degrees(each) for each in found if each is not None]
    return f"{degrees[0]:.5f}, {degrees[1]:.5f}" if len(degrees) == 2 else ""


def _degrees(found: re.Match[str]) -> float:
    degrees, minutes, seconds, side = found.groups()
    value = int(degrees) + float(minutes) / 60 + float(seconds or 0) / 3600
    return -value if side in "SW" else value
