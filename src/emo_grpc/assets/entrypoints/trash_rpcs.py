"""The RPCs of the trash."""

from typing import Any

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.commands import DeleteAsset
from emo_grpc.assets.domain.trash_commands import EmptyTrash, PurgeAsset, RestoreAsset
from emo_grpc.assets.entrypoints.callers import asset_id_of, owner
from emo_grpc.assets.entrypoints.listing import PAGE_SIZE
from emo_grpc.assets.entrypoints.pages import page_fields
from emo_grpc.assets.entrypoints.translate import request_id_of
from emo_grpc.assets.service_layer.views import AssetQuery, AssetViews, SortField
from emo_grpc.shared.entrypoints.call import current_caller
from emo_grpc.shared.entrypoints.paging import binding_of
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.page_tokens import PageTokens, cursor_before

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]


class TrashRpcs:
    """Those of AssetsService, which sets what they need."""

    _bus: MessageBus
    _views: AssetViews
    _page_tokens: PageTokens

    async def DeleteAsset(self, request: pb.DeleteAssetRequest, context: Context) -> pb.DeleteAssetResponse:
        """Move an asset to the trash."""
        await self._bus.handle(DeleteAsset(owner(), asset_id_of(request.asset_id), request.etag))
        return pb.DeleteAssetResponse()

    async def RestoreAsset(self, request: pb.RestoreAssetRequest, context: Context) -> pb.RestoreAssetResponse:
        """Take an asset out of the trash."""
        await self._bus.handle(RestoreAsset(owner(), asset_id_of(request.asset_id), request.etag))
        return pb.RestoreAssetResponse()

    async def PurgeAsset(self, request: pb.PurgeAssetRequest, context: Context) -> pb.PurgeAssetResponse:
        """Destroy an asset."""
        await self._bus.handle(PurgeAsset(owner(), asset_id_of(request.asset_id), request.force, request.etag))
        return pb.PurgeAssetResponse()

    async def EmptyTrash(self, request: pb.EmptyTrashRequest, context: Context) -> pb.EmptyTrashResponse:
        """Destroy some of what is in the caller's trash."""
        purged = await self._bus.handle(EmptyTrash(owner(), request_id_of(request.request_id)))
        return pb.EmptyTrashResponse(purged_count=purged.count, more=purged.is_more)

    async def ListTrash(self, request: pb.ListTrashRequest, context: Context) -> pb.ListTrashResponse:
        """Show a page of the caller's trash."""
        binding = binding_of(request, current_caller())
        query = AssetQuery(
            owner(),
            PAGE_SIZE.of(request.page_size),
            sort_field=SortField.UPDATE_TIME,
            after=cursor_before(self._page_tokens, request.page_token, binding),
            in_trash=True,
        )
        return pb.ListTrashResponse(**await page_fields(self._views, query, self._page_tokens, binding))
