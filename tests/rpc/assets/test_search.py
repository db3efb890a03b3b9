"""Searches over the whole service."""

from typing import Any

from emo.assets.v1 import assets_pb2 as pb
from rpc.vault import Person, failure

from .test_filters import BIRTHDAY, LETTER, NEW_YEAR, TOKYO, stored


async def found(person: Person, query: str, **narrow: Any) -> list[tuple[str, list[str]]]:
    """Titles and matched fields, of all pages."""
    request = pb.SearchAssetsRequest(query=query, filter=pb.AssetFilter(**narrow), page_size=1)
    results: list[tuple[str, list[str]]] = []
    while True:
        page: pb.SearchAssetsResponse = await person.call("SearchAssets", request)
        assert not page.older_assets_remain
        results += [(each.asset.title, list(each.matched_fields)) for each in page.results]
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return results


async def test_the_best_match_is_first(alice: Person, bob: Person) -> None:
    """With what matched, narrowed as lists are, and of nobody else's assets."""
    await stored(alice)
    await alice.create(title="A day", description="Everybody at the party, Grandma too")
    assert await found(alice, "grandma") == [
        (LETTER, ["title"]), (BIRTHDAY, ["title", "people"]), ("A day", ["description"]),
    ]  # fmt: skip
    assert await found(alice, "grandma", kinds=[pb.ASSET_KIND_VIDEO]) == [(BIRTHDAY, ["title", "people"])]
    assert await found(alice, "grandma", expression="people:bob OR description:party") == [
        (BIRTHDAY, ["title", "people"]), ("A day", ["description"]),
    ]  # fmt: skip
    assert await found(alice, "PART") == [
        (NEW_YEAR, ["tags"]), (BIRTHDAY, ["file.name"]), ("A day", ["description"]),
    ]  # fmt: skip
    assert await found(alice, "誕生") == [(TOKYO, ["title"])]
    assert await found(bob, "grandma") == []


async def test_what_can_not_be_searched_for_is_refused(alice: Person) -> None:
    """By its field; a filter with its place; and a token of another search is none."""
    for query in ("", " ", "x" * 201, "x " * 33, "母" * 33, "\0"):
        refused = await failure(alice.call("SearchAssets", pb.SearchAssetsRequest(query=query)))
        assert (refused.brief, set(refused.fields)) == ("INVALID_ARGUMENT INVALID_ARGUMENT", {"query"})
    await alice.call("SearchAssets", pb.SearchAssetsRequest(query="x " * 32))
    await alice.call("SearchAssets", pb.SearchAssetsRequest(query="母" * 32))
    narrow = pb.AssetFilter(expression="tags:(sea OR)")
    refused = await failure(alice.call("SearchAssets", pb.SearchAssetsRequest(query="x", filter=narrow)))
    assert (refused.brief, refused.metadata) == ("INVALID_ARGUMENT INVALID_FILTER", {"position": "12"})
    refused = await failure(alice.call("SearchAssets", pb.SearchAssetsRequest(query="x", page_size=-1)))
    assert refused.fields == ["page_size"]
    await stored(alice)
    page = await alice.call("SearchAssets", pb.SearchAssetsRequest(query="grandma", page_size=1))
    other = pb.SearchAssetsRequest(query="grand", page_token=page.next_page_token)
    assert (await failure(alice.call("SearchAssets", other))).brief == "INVALID_ARGUMENT INVALID_PAGE_TOKEN"
