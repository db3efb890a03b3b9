"""Searches."""

from collections.abc import AsyncGenerator

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1.assets_pb2_grpc import AssetsServiceStub
from emo_grpc.client.calls import Calls
from emo_grpc.client.pages import pages_of


class SearchCalls:
    """Those of AssetsService, as AssetsApi has them."""

    _stub: AssetsServiceStub
    _calls: Calls

    async def search_page(
        self, query: str, *, narrow: pb.AssetFilter | None = None, page_size: int = 0, page_token: str = ""
    ) -> pb.SearchAssetsResponse:
        """SearchAssets; one page."""
        request = pb.SearchAssetsRequest(query=query, filter=narrow, page_size=page_size, page_token=page_token)
        return await self._calls.authorized(self._stub.SearchAssets, request)

    def search_pages(
        self, query: str, *, narrow: pb.AssetFilter | None = None, page_size: int = 0
    ) -> AsyncGenerator[pb.SearchAssetsResponse, None]:
        """SearchAssets, each page as it is: some may hold nothing, and each says whether older assets remain."""
        return pages_of(lambda token: self.search_page(query, narrow=narrow, page_size=page_size, page_token=token))
