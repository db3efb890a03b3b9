"""What is asked of both vaults."""

from dataclasses import dataclass
from typing import Any

from benchmarks.listing.vault import PEOPLE, PLACES, TAGS, WORDS

COMMON, MIDDLING, RARE = WORDS[0], WORDS[40], WORDS[300]
SOME = WORDS[600]
"""Of a million assets about 1,700 have it, nearly as many as one page looks at."""


@dataclass(frozen=True)
class Question:
    """A call by its name and the JSON of its request, without the size of the page; `is_deep`: from the middle on."""

    name: str
    rpc: str
    request: dict[str, Any]
    is_deep: bool = False


def _assets(name: str, order_by: str = "", *, is_deep: bool = False, **narrowed: Any) -> Question:
    request = {"filter": narrowed} if narrowed else {}
    return Question(name, "ListAssets", request | ({"order_by": order_by} if order_by else {}), is_deep)


def _filtered(name: str, expression: str, order_by: str = "") -> Question:
    return _assets(name, order_by, expression=expression)


ORDERS = [
    _assets(f"by {order}, {'deep' if is_deep else 'first'} page", f"{order} desc", is_deep=is_deep)
    for order in ("create_time", "event_date", "size")
    for is_deep in (False, True)
]
NARROWED = [
    _assets("a common tag", tags=[TAGS[0]]),
    _assets("a rare tag", tags=[TAGS[250]]),
    _assets("a rare tag, by size", "size desc", tags=[TAGS[250]]),
    _assets("a common tag and a person", tags=[TAGS[1]], people=[PEOPLE[2]]),
    _assets("a person", people=[PEOPLE[1]]),
    _assets("videos", kinds=["ASSET_KIND_VIDEO"]),
    _assets("a folder", folder="Album 003"),
    _assets("a folder and all below it", folder="Album 001", folder_recursive=True),
    _assets("a folder and all below it, by event_date", "event_date", folder="Album 001", folder_recursive=True),
    _assets("four months of event_date", event_date_from="1990-05", event_date_to="1990-08"),
    _assets("four months of event_date, in order", "event_date", event_date_from="1990-05", event_date_to="1990-08"),
]
TEXT = [
    _assets("a rare word", text=RARE),
    _assets("a common word", text=COMMON),
    _assets("a common word, by event_date", "event_date desc", text=COMMON),
    _assets("two words", text=f"{COMMON} {MIDDLING}"),
    _assets("a word that few have, by size", "size desc", text=SOME),
    _assets("a prefix of common words", text=f"{COMMON[:4]}*"),
    _assets("a prefix of rare words", text=f"{RARE[:6]}*"),
]
FILTERS = [
    _filtered("tag, years and not a person", f'tags:"{TAGS[3]}" AND event_date >= 1990 AND NOT people:"{PEOPLE[0]}"'),
    _filtered("place, or tag, of large files", f'(location:"{PLACES[2]}" OR tags:"{TAGS[5]}") AND size > 4000000'),
    _filtered(
        "word, kind and years, by event_date",
        f"title:{COMMON} AND kind:photo AND event_date >= 1980 AND event_date < 2000",
        "event_date",
    ),
]
SEARCHED = {
    "a common word": COMMON,
    "two words": f"{COMMON} {MIDDLING}",
    "a rare word": RARE,
    "a prefix": f"{RARE[:6]}*",
}
ASSETS = ORDERS + NARROWED + TEXT + FILTERS
OTHERS = [
    *[Question(f"SearchAssets, {name}", "SearchAssets", {"query": text}) for name, text in SEARCHED.items()],
    Question("ListFolders at the top", "ListFolders", {}),
    Question("ListFolders below", "ListFolders", {"folder": "Album 001"}),
    *[
        Question(f"{rpc} {order_by}", rpc, {"order_by": order_by})
        for rpc in ("ListTags", "ListPeople", "ListPlaces")
        for order_by in ("name", "count desc")
    ],
    Question("ListTags by prefix", "ListTags", {"prefix": "tag 1"}),
    *[
        Question(f"GetTimeline {unit}", "GetTimeline", {"unit": f"TIMELINE_UNIT_{unit.upper()}"})
        for unit in ("year", "month", "day")
    ],
    Question("ListTrash", "ListTrash", {}),
]
QUESTIONS = [*ASSETS, *OTHERS]
