"""Lists, page after page."""

from emo.audit.v1.audit_pb2 import AuditEvent, ListMyActivityRequest
from emo_grpc.client import EmoClient
from unit.client.fake_server import World


async def test_a_page_that_holds_nothing_is_not_the_end(client: EmoClient, world: World) -> None:
    """AIP-158 allows pages that are empty, as ListAssets gives them: what is on those that follow is there."""
    names = [world.store(b"", f"{number}.jpg") for number in range(3)]
    world.empty_lists = 3
    assert [each.asset_id async for each in client.assets.list_all_pages(page_size=2)] == names
    assert [request.page_token for request in world.lists] == ["", "0", "0", "0", "2"]


async def test_an_iteration_that_ends_early_asks_no_more(client: EmoClient, world: World) -> None:
    """Pages are fetched as they are needed."""
    for number in range(4):
        world.store(b"", f"{number}.jpg")
    assets = client.assets.list_all_pages(page_size=2)
    await anext(assets)
    await assets.aclose()
    assert len(world.lists) == 1


async def test_pages_of_activity_begin_where_they_are_told(client: EmoClient, world: World) -> None:
    """From the first page on, or from the one that a token names."""
    world.events = [AuditEvent(event_id=f"e-{number}") for number in range(5)]

    async def found(token: str) -> list[str]:
        request = ListMyActivityRequest(page_size=2, page_token=token)
        pages = client.audit.list_my_activity_pages(request)
        return [event.event_id async for page in pages for event in page.events]

    assert await found("") == ["e-0", "e-1", "e-2", "e-3", "e-4"]
    assert await found("2") == ["e-2", "e-3", "e-4"]
