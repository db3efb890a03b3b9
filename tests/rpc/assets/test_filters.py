"""Lists that are narrowed, over gRPC, on both kinds of databases."""

import secrets
from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import SecretStr

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.users.domain.user import Role
from rpc.vault import Person, Vault, failure, open_vault


@pytest.fixture(params=["sqlite", "mongo"])
async def each_vault(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vault]:
    """The whole service, once on each database."""
    settings: dict[str, Any] = {}
    if request.param == "mongo":
        url = request.getfixturevalue("mongod_url")
        settings = {"mongodb_url": SecretStr(url), "mongodb_database": f"emo-{secrets.token_hex(4)}"}
    async with open_vault(tmp_path, **settings) as opened:
        yield opened


def at(text: str) -> Timestamp:
    made = Timestamp()
    made.FromJsonString(text)
    return made


LIBRARY = (
    pb.Asset(
        title="The lake", tags=["Family", "sea"], people=["Ann Smith"], location="Banyoles, Girona",
        event_date=at("1994-05-06T00:00:00+02:00"), event_precision=pb.DATE_PRECISION_DAY, event_zone="Europe/Madrid",
        folder="Photos/1994", file=pb.File(name="IMG_0009.jpg", content_type="image/jpeg", size_bytes=12),
    ),
    pb.Asset(
        title="Grandma's birthday", tags=["family"], people=["Grandma", "Bob"], location="Köln",
        event_date=at("1994-01-01T00:00:00Z"), event_precision=pb.DATE_PRECISION_YEAR,
        folder="Videos", file=pb.File(name="party.mp4", content_type="video/mp4", size_bytes=10_000_000),
    ),
    pb.Asset(
        title="From Grandma", description="Estimada àvia, feliç aniversari!", bookmarked=True,
        file=pb.File(name="letter.txt", content_type="text/plain", size_bytes=14),
    ),
    pb.Asset(
        title="Año nuevo", tags=["party"],
        event_date=at("1995-01-01T00:30:00+01:00"), event_zone="Europe/Madrid",
        folder="Photos", file=pb.File(name="voice.ogg", content_type="audio/ogg"),
    ),
    pb.Asset(
        title="祖母の誕生日", event_date=at("2001-05-01T00:00:00+09:00"), event_precision=pb.DATE_PRECISION_MONTH,
        event_zone="Asia/Tokyo", folder="Photos/2001",
        file=pb.File(name="IMG_0009.jpg", content_type="image/png", size_bytes=20_000_000),
    ),
)  # fmt: skip
LAKE, BIRTHDAY, LETTER, NEW_YEAR, TOKYO = (asset.title for asset in LIBRARY)
ALL = {LAKE, BIRTHDAY, LETTER, NEW_YEAR, TOKYO}

FOUND: dict[str, set[str]] = {
    "": ALL,
    "grandma": {BIRTHDAY, LETTER},
    "grandma birthday": {BIRTHDAY},
    "GRANDMÁ": {BIRTHDAY, LETTER},
    '"birthday grandma"': {BIRTHDAY},
    "birth*": {BIRTHDAY},
    "birth": set(),
    "lake OR party": {LAKE, BIRTHDAY, NEW_YEAR},
    "family -sea": {BIRTHDAY},
    "title:party": set(),
    'title = "the LAKE"': {LAKE},
    "title = lake": set(),
    "tags = family": {LAKE, BIRTHDAY},
    "tags:*": {LAKE, BIRTHDAY, NEW_YEAR},
    "-tags:*": {LETTER, TOKYO},
    "people:ann": {LAKE},
    "people = ann": set(),
    "people:(ann OR bob)": {LAKE, BIRTHDAY},
    "-people:ann": ALL - {LAKE},
    "location:girona": {LAKE},
    "location:koln": {BIRTHDAY},
    "feliz OR felic": {LETTER},
    "avia": {LETTER},
    "誕生日": {TOKYO},
    "file.name:img": {LAKE, TOKYO},
    "folder:photos": {LAKE, NEW_YEAR, TOKYO},
    "folder = Photos": {NEW_YEAR},
    'folder = ""': {LETTER},
    "folder = Photos/*": {LAKE, NEW_YEAR, TOKYO},
    "kind = photo": {LAKE, TOKYO},
    "kind:(audio OR video)": {BIRTHDAY, NEW_YEAR},
    "file.content_type = image/*": {LAKE, TOKYO},
    "file.content_type = image/png": {TOKYO},
    "state = ready": set(),
    "state = pending": ALL,
    "bookmarked = true": {LETTER},
    "event_date = 1994": {LAKE, BIRTHDAY},
    "event_date = 1994-05-06": {LAKE},
    "event_date >= 1995": {NEW_YEAR, TOKYO},
    "event_date < 1995-01-01T00:00:00Z": {LAKE, BIRTHDAY, NEW_YEAR},
    "event_date > 1994 event_date <= 2001-05": {NEW_YEAR, TOKYO},
    "event_date != 1994": {LETTER, NEW_YEAR, TOKYO},
    "-event_date:*": {LETTER},
    "create_time > 2020": ALL,
    "update_time < 2020": set(),
    "size >= 10MB": {BIRTHDAY, TOKYO},
    "size < 1kB": {LAKE, LETTER, NEW_YEAR},
    "size:*": ALL - {NEW_YEAR},
    "size = 12 OR bookmarked = true": {LAKE, LETTER},
    "tags:family AND event_date >= 1994-01-01 AND NOT people:Ann": {BIRTHDAY},
    "NOT (kind = photo OR tags:family)": {LETTER, NEW_YEAR},
    "!!!": set(),
}

ORDERS = ("", "event_date", "size desc", "title", "update_time")


async def stored(person: Person) -> None:
    for asset in LIBRARY:
        await person.call("CreateAsset", pb.CreateAssetRequest(asset=asset))


async def titles(person: Person, order_by: str = "", **narrow: Any) -> list[str]:
    """Of all pages."""
    request = pb.ListAssetsRequest(filter=pb.AssetFilter(**narrow), order_by=order_by, page_size=2)
    found: list[str] = []
    while True:
        page: pb.ListAssetsResponse = await person.call("ListAssets", request)
        found += [asset.title for asset in page.assets]
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return found


async def test_what_is_asked_for_is_found(each_vault: Vault) -> None:
    """All of it and nothing else, in whatever order; of the caller's assets alone."""
    ann, bob = await each_vault.person("ann"), await each_vault.person("bob")
    await stored(ann)
    wrong = {}
    for (expression, expected), order_by in zip(FOUND.items(), cycle(ORDERS), strict=False):
        found = await titles(ann, order_by, expression=expression)
        if sorted(found) != sorted(expected):
            wrong[expression, order_by] = found
    assert wrong == {}
    assert await titles(bob, expression="grandma OR kind = photo") == []


async def test_fields_and_language_narrow_together(each_vault: Vault) -> None:
    """Whatever is given must hold."""
    ann = await each_vault.person("ann")
    await stored(ann)
    assert await titles(ann, text="grandma", expression="kind = video") == [BIRTHDAY]
    assert await titles(ann, "title", kinds=[pb.ASSET_KIND_PHOTO], event_date_to="1994") == [LAKE]
    assert await titles(ann, "title", event_date_from="1994", event_date_to="1995-01", present_fields=["people"]) == [
        BIRTHDAY, LAKE,
    ]  # fmt: skip
    assert await titles(ann, "size", max_size_bytes=14, tags=["sea"]) == [LAKE]
    assert await titles(ann, min_size_bytes=14, max_size_bytes=14, absent_fields=["tags"]) == [LETTER]
    assert await titles(ann, location="gir*", folder="Photos", folder_recursive=True) == [LAKE]
    assert await titles(ann, "size desc") == [TOKYO, BIRTHDAY, LETTER, LAKE, NEW_YEAR]


async def test_as_much_as_can_be_asked_is_answered(each_vault: Vault) -> None:
    """Many words at once are too many for no engine."""
    ann = await each_vault.person("ann")
    await stored(ann)
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    words = [f"{each:x}" for each in range(100)]
    for expression in (" ".join(words), " OR ".join(words), " ".join(f"-{word}" for word in words)):
        found = await titles(ann, expression=expression, text=many[:200], location=many[200:], tags=words[:20])
        assert found == []
    assert len(await titles(ann, expression=" ".join(f"-q{word}" for word in words))) == len(LIBRARY)


async def test_everybodys_lists_take_filters_too(each_vault: Vault) -> None:
    """An administrator finds what is not extra private."""
    ann, root = await each_vault.person("ann"), await each_vault.person("root", Role.ADMIN)
    await stored(ann)
    request = pb.ListAllAssetsRequest(filter=pb.AssetFilter(expression="grandma kind = video"))
    page: pb.ListAllAssetsResponse = await root.call("ListAllAssets", request)
    assert [asset.title for asset in page.assets] == [BIRTHDAY]


async def test_a_filter_that_is_not_understood_is_refused_with_its_place(vault: Vault) -> None:
    """A program can point to the character, a person reads what would do."""
    ann = await vault.person("ann")
    for expression, position in (("tags:(sea OR)", "12"), ("(" * 2000, "20")):
        narrow = pb.AssetFilter(expression=expression)
        refused = await failure(ann.call("ListAssets", pb.ListAssetsRequest(filter=narrow)))
        assert refused.brief == "INVALID_ARGUMENT INVALID_FILTER"
        assert (refused.fields, refused.metadata) == (["filter.expression"], {"position": position})
    narrow = pb.AssetFilter(event_date_from="1994-13")
    refused = await failure(ann.call("ListAssets", pb.ListAssetsRequest(filter=narrow)))
    assert refused.brief == "INVALID_ARGUMENT INVALID_ARGUMENT"
    assert refused.fields == ["filter.event_date_from"]
