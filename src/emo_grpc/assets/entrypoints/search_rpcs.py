"""The RPC of searches."""

from typing import Any, Final

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.entrypoints.callers import owner
from emo_grpc.assets.entrypoints.filtering.grammar import words_in
from emo_grpc.assets.entrypoints.listing import PAGE_SIZE, filter_of
from emo_grpc.assets.entrypoints.present import asset_message
from emo_grpc.assets.service_layer.search import AssetSearch, SearchPage, SearchQuery
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.call import current_caller
from emo_grpc.shared.entrypoints.paging import binding_of
from emo_grpc.shared.service_layer.page_tokens import PageTokens, cursor_before, next_page_token

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]

MAX_QUERY: Final = 200
MAX_WORDS: Final = 32
"""The engines look for each on every row that they test."""


class SearchRpcs:
    """A part of the servicer, which has these."""

    _search: AssetSearch
    _page_tokens: PageTokens

    async def SearchAssets(self, request: pb.SearchAssetsRequest, context: Context) -> pb.SearchAssetsResponse:
        """Show a page of the caller's assets that have the words, best matches first."""
        binding = binding_of(request, current_caller())
        page = await self._search.page(_query(request, self._page_tokens, binding))
        return _response(page, next_page_token(self._page_tokens, page.cursor, binding))


def _query(request: pb.SearchAssetsRequest, tokens: PageTokens, binding: str) -> SearchQuery:
    violations = Violations()
    violations.text("query", request.query, minimum=1, maximum=MAX_QUERY, multiline=True)
    if words_in(request.query) > MAX_WORDS:
        violations.add("query", f"must have at most {MAX_WORDS} words")
    violations.raise_if_any()
    return SearchQuery(
        owner(),
        request.query,
        PAGE_SIZE.of(request.page_size),
        filter_of(request.filter),
        cursor_before(tokens, request.page_token, binding),
    )


def _response(page: SearchPage, token: str) -> pb.SearchAssetsResponse:
    return pb.SearchAssetsResponse(
        results=[
            pb.SearchResult(asset=asset_message(match.asset), matched_fields=match.fields) for match in page.matches
        ],
        next_page_token=token,
        unreadable_asset_ids=list(map(str, page.unreadable)),
        older_assets_remain=page.older_remain,
    )
