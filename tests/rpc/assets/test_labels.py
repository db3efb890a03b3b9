"""Tags, people, places and the timeline over the whole service."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1 import assets_pb2 as pb
from rpc.vault import Person, failure

NOON = Timestamp(seconds=768_225_600)
DAY = pb.DATE_PRECISION_DAY


async def test_labels_are_the_callers(alice: Person, bob: Person) -> None:
    """Each list has what the caller's assets have, page by page, and nobody else's."""
    for tags in (["sea", "Álbum"], ["sea"], ["album"]):
        await alice.create(tags=tags, people=["Ann", *tags], location="Zürich")
    await bob.create(tags=["secret"], people=["Bob"], location="Bern")
    first = await alice.call("ListTags", pb.ListTagsRequest(page_size=2))
    assert [(each.tag, each.count) for each in first.tags] == [("album", 1), ("Álbum", 1)]
    rest = await alice.call("ListTags", pb.ListTagsRequest(page_size=2, page_token=first.next_page_token))
    assert [(each.tag, each.count) for each in rest.tags] == [("sea", 2)]
    assert rest.next_page_token == ""
    people = await alice.call("ListPeople", pb.ListPeopleRequest(order_by="count desc", page_size=2))
    assert [(each.person, each.count) for each in people.people] == [("Ann", 3), ("sea", 2)]
    places = await alice.call("ListPlaces", pb.ListPlacesRequest(prefix="zur"))
    assert [(each.location, each.count) for each in places.places] == [("Zürich", 3)]


async def test_renames(alice: Person, bob: Person) -> None:
    """A tag, a person and a place get another name on all assets of the caller's."""
    asset_id = await alice.create(tags=["a", "b"], people=["a"], location="a")
    await bob.create(tags=["a", "b"])
    for name, fields in (
        ("RenameTag", {"tag": "a", "new_tag": "b"}),
        ("RenamePerson", {"person": "a", "new_person": "c"}),
        ("RenamePlace", {"location": "a", "new_location": "d"}),
    ):
        response = await alice.call(name, getattr(pb, f"{name}Request")(**fields))
        assert response.remaining_count == 0
    asset = (await alice.call("GetAsset", pb.GetAssetRequest(asset_id=asset_id))).asset
    assert (list(asset.tags), list(asset.people), asset.location) == (["b"], ["c"], "d")
    tags = (await bob.call("ListTags")).tags
    assert [each.tag for each in tags] == ["a", "b"]
    refused = await failure(alice.call("RenameTag", pb.RenameTagRequest(new_tag="x" * 51, request_id="1")))
    assert refused.fields == ["tag", "new_tag", "request_id"]


async def test_blanks_around_labels_are_dropped(alice: Person) -> None:
    """Whichever RPC brings them."""
    asset_id = await alice.create(tags=[" sea "], people=["Ann "], location="\u3000Sea")
    batch = pb.BatchUpdateAssetsRequest(asset_ids=[asset_id], add_tags=["sea ", " lake"], add_people=[" Bob"])
    await alice.call("BatchUpdateAssets", batch)
    await alice.call("RenamePlace", pb.RenamePlaceRequest(location="Sea", new_location=" Ocean "))
    asset = (await alice.call("GetAsset", pb.GetAssetRequest(asset_id=asset_id))).asset
    assert (asset.tags, asset.people, asset.location) == (["sea", "lake"], ["Ann", "Bob"], "Ocean")
    only_blank = pb.RenamePlaceRequest(location="Ocean", new_location=" ")
    assert (await failure(alice.call("RenamePlace", only_blank))).fields == ["new_location"]


async def test_a_page_token_is_for_one_list(alice: Person, bob: Person) -> None:
    """That of tags opens no page of people, nor one of another prefix, nor anybody else's."""
    await alice.create(tags=["a", "b"], people=["a", "b"])
    page = await alice.call("ListTags", pb.ListTagsRequest(page_size=1))
    token = page.next_page_token
    for whose, name, request in (
        (alice, "ListPeople", pb.ListPeopleRequest(page_token=token)),
        (alice, "ListTags", pb.ListTagsRequest(page_token=token, prefix="a")),
        (bob, "ListTags", pb.ListTagsRequest(page_token=token)),
    ):
        assert (await failure(whose.call(name, request))).brief == "INVALID_ARGUMENT INVALID_PAGE_TOKEN"


async def test_a_timeline_by_the_events_own_calendar(alice: Person) -> None:
    """A day is the day that was meant, though it is another one in UTC."""
    await alice.create(event_date=NOON, event_precision=DAY, event_zone="+14:00")
    await alice.create(event_date=NOON, event_precision=DAY, event_zone="-12:00")
    await alice.create(event_date=NOON, event_precision=pb.DATE_PRECISION_YEAR)
    await alice.create()
    days = await timeline(alice, unit=pb.TIMELINE_UNIT_DAY)
    assert days == [("1994", 1), ("1994-05-06", 1), ("1994-05-07", 1)]
    assert await timeline(alice, unit=pb.TIMELINE_UNIT_MONTH, first="1994-05") == [("1994-05", 2)]
    assert await timeline(alice) == [("1994", 3)]
    assert await timeline(alice, unit=pb.TIMELINE_UNIT_DAY, order_by="period desc") == days[::-1]


async def test_a_date_is_shown_as_it_was_meant(alice: Person) -> None:
    """With the first moment of its day where it was, whichever moment of that day was sent."""
    asset_id = await alice.create(event_date=NOON, event_precision=DAY, event_zone="Europe/Madrid")
    asset = (await alice.call("GetAsset", pb.GetAssetRequest(asset_id=asset_id))).asset
    assert asset.event_date.ToJsonString() == "1994-05-05T22:00:00Z"
    assert (asset.event_precision, asset.event_zone) == (DAY, "Europe/Madrid")


@pytest.mark.parametrize(
    ("name", "request_", "fields"),
    [
        ("ListTags", pb.ListTagsRequest(page_size=-1), ["page_size"]),
        ("ListPeople", pb.ListPeopleRequest(order_by="count", prefix="x" * 201), ["prefix", "order_by"]),
        ("ListPlaces", pb.ListPlacesRequest(prefix="\n"), ["prefix"]),
        ("GetTimeline", pb.GetTimelineRequest(page_size=-1), ["page_size"]),
        (
            "GetTimeline",
            pb.GetTimelineRequest(unit=9, first="94", last="1994-13", order_by="count"),  # type: ignore[arg-type] # no unit
            ["unit", "first", "last", "order_by"],
        ),
    ],
)
async def test_what_is_wrong_is_named(
    alice: Person, name: str, request_: pb.ListTagsRequest | pb.GetTimelineRequest, fields: list[str]
) -> None:
    """All of it at once."""
    refused = await failure(alice.call(name, request_))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", fields)


async def timeline(person: Person, **fields: object) -> list[tuple[str, int]]:
    request = pb.GetTimelineRequest(**fields)  # type: ignore[arg-type] # any of its fields
    response = await person.call("GetTimeline", request)
    assert response.undated_count == 1
    return [(each.period, each.count) for each in response.periods]
