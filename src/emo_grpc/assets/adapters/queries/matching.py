"""All ids of a list whose pages look at so many rows, the same in every database."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetQuery
from emo_grpc.shared.service_layer.page_tokens import Cursor

Found = tuple[list[AssetId], Cursor | None]


async def all_ids(query: AssetQuery, look: Callable[[AssetQuery], Awaitable[Found]]) -> list[AssetId]:
    """What one look after another finds, and one more than the limit of `query` if there are more.

    Each look is of so many rows that others get their turn in between.
    """
    found: list[AssetId] = []
    while True:
        more, end = await look(replace(query, limit=query.limit - len(found)))
        found += more
        if end is None or len(found) > query.limit:
            return found
        query = replace(query, after=end)
