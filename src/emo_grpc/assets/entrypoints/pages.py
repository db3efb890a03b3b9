"""Pages of assets, from their query to the fields of a response."""

from typing import TypedDict

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.entrypoints.present import asset_message
from emo_grpc.assets.service_layer.views import AssetQuery, AssetViews
from emo_grpc.shared.service_layer.page_tokens import PageTokens, next_page_token


class PageFields(TypedDict):
    """What a page says, by the names of the fields of all lists."""

    assets: list[pb.Asset]
    next_page_token: str
    unreadable_asset_ids: list[str]


async def page_fields(views: AssetViews, query: AssetQuery, tokens: PageTokens, binding: str) -> PageFields:
    """The page of a query; `binding` is that of its page token."""
    page = await views.page(query)
    return PageFields(
        assets=[asset_message(view) for view in page.items],
        next_page_token=next_page_token(tokens, page.cursor, binding),
        unreadable_asset_ids=list(map(str, page.unreadable)),
    )
