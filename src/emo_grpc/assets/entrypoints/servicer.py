"""AssetsService: each RPC from its message to its handler or view, and back."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1 import assets_pb2_grpc
from emo_grpc.assets.domain.commands import CancelUpload, UpdateAsset
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.entrypoints.batch_rpcs import BatchRpcs
from emo_grpc.assets.entrypoints.callers import asset_id_of, owner, viewer
from emo_grpc.assets.entrypoints.change import change_of
from emo_grpc.assets.entrypoints.folder_rpcs import FolderRpcs
from emo_grpc.assets.entrypoints.label_rpcs import LabelRpcs
from emo_grpc.assets.entrypoints.listing import ListRequest, query_of
from emo_grpc.assets.entrypoints.message_reader import MAX_SILENCE_SECONDS
from emo_grpc.assets.entrypoints.pages import PageFields, page_fields
from emo_grpc.assets.entrypoints.present import asset_message, file_message, stats_message, tag_cloud_message
from emo_grpc.assets.entrypoints.search_rpcs import SearchRpcs
from emo_grpc.assets.entrypoints.translate import create_asset
from emo_grpc.assets.entrypoints.trash_rpcs import TrashRpcs
from emo_grpc.assets.entrypoints.upload_stream import receive_upload
from emo_grpc.assets.service_layer.download.reader import Downloads
from emo_grpc.assets.service_layer.many.batches import AssetBatches
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.search import AssetSearch
from emo_grpc.assets.service_layer.upload.uploads import Uploads
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.chunk_frame import ChunkFrame
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.entrypoints.call import current_caller
from emo_grpc.shared.entrypoints.paging import binding_of
from emo_grpc.shared.entrypoints.timestamps import timestamp
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.page_tokens import PageSize, PageTokens

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]

TAG_CLOUD_SIZE: Final = PageSize(default=50, maximum=500)


class AssetsServicer(BatchRpcs, FolderRpcs, LabelRpcs, SearchRpcs, TrashRpcs, assets_pb2_grpc.AssetsServiceServicer):
    """The assets context over gRPC. `max_silence` is how long an upload stream may bring no bytes, in seconds."""

    def __init__(
        self,
        *,
        bus: MessageBus,
        views: AssetViews,
        search: AssetSearch,
        batches: AssetBatches,
        uploads: Uploads,
        downloads: Downloads,
        quota: Quota,
        page_tokens: PageTokens,
        drain: Drain,
        max_silence: float = MAX_SILENCE_SECONDS,
    ) -> None:
        self._bus = bus
        self._views = views
        self._search = search
        self._batches = batches
        self._uploads = uploads
        self._downloads = downloads
        self._quota = quota
        self._page_tokens = page_tokens
        self._drain = drain
        self._max_silence = max_silence

    async def CreateAsset(self, request: pb.CreateAssetRequest, context: Context) -> pb.CreateAssetResponse:
        """Make an asset."""
        asset_id = await self._bus.handle(create_asset(request, owner()))
        return pb.CreateAssetResponse(asset_id=str(asset_id))

    async def UploadAsset(
        self, request_iterator: AsyncIterator[pb.UploadAssetRequest], context: Context
    ) -> pb.UploadAssetResponse:
        """Receive a file."""
        return await receive_upload(request_iterator, owner(), self._uploads, self._drain, self._max_silence)

    async def GetUploadStatus(self, request: pb.GetUploadStatusRequest, context: Context) -> pb.GetUploadStatusResponse:
        """Tell how far an upload has come."""
        view = await self._views.upload(asset_id_of(request.asset_id), owner())
        return pb.GetUploadStatusResponse(
            persisted_size=view.persisted_size,
            complete=view.complete,
            expire_time=timestamp(view.expire_time) if view.expire_time else None,
        )

    async def CancelUpload(self, request: pb.CancelUploadRequest, context: Context) -> pb.CancelUploadResponse:
        """Drop what was received."""
        await self._bus.handle(CancelUpload(owner(), asset_id_of(request.asset_id)))
        return pb.CancelUploadResponse()

    async def DownloadAsset(  # type: ignore[override] # chunks go to the wire as they are, see codecs
        self, request: pb.DownloadAssetRequest, context: Context
    ) -> AsyncIterator[pb.DownloadAssetResponse | ChunkFrame]:
        """Send a file, or a range of it."""
        asset_id = asset_id_of(request.asset_id)
        for name, value in (("offset", request.offset), ("length", request.length)):
            if value < 0:
                raise InvalidArgument.of(name, "must not be negative")
        caller_id = owner()
        with self._downloads.slots.take(caller_id):
            download = await self._downloads.open(caller_id, asset_id, request.offset, request.length)
            yield pb.DownloadAssetResponse(
                header=pb.DownloadHeader(
                    file=file_message(download.file), offset=download.offset, length=download.length
                )
            )
            async with aclosing(download.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def GetAsset(self, request: pb.GetAssetRequest, context: Context) -> pb.GetAssetResponse:
        """Show one asset."""
        view = await self._views.asset(asset_id_of(request.asset_id), owner())
        return pb.GetAssetResponse(asset=asset_message(view))

    async def ListAssets(self, request: pb.ListAssetsRequest, context: Context) -> pb.ListAssetsResponse:
        """Show a page of the caller's assets."""
        return pb.ListAssetsResponse(**await self._page(request, owner_id=owner(), viewer_id=None))

    async def UpdateAsset(self, request: pb.UpdateAssetRequest, context: Context) -> pb.UpdateAssetResponse:
        """Change what is said of an asset."""
        asset_id = AssetId.parse(request.asset.asset_id, "asset.asset_id")
        await self._bus.handle(UpdateAsset(owner(), asset_id, change_of(request), request.asset.etag))
        return pb.UpdateAssetResponse()

    async def GetAssetStats(self, request: pb.GetAssetStatsRequest, context: Context) -> pb.GetAssetStatsResponse:
        """Count the caller's assets."""
        return stats_message(await self._views.stats(owner()), self._quota)

    async def GetTagCloud(self, request: pb.GetTagCloudRequest, context: Context) -> pb.GetTagCloudResponse:
        """Show the caller's most used tags."""
        limit = TAG_CLOUD_SIZE.of(request.limit, "limit")
        return tag_cloud_message(await self._views.tag_cloud(owner(), limit))

    async def ListAllAssets(self, request: pb.ListAllAssetsRequest, context: Context) -> pb.ListAllAssetsResponse:
        """Show a page of everybody's assets."""
        owner_id = UserId.parse(request.owner_id, "owner_id") if request.owner_id else None
        return pb.ListAllAssetsResponse(**await self._page(request, owner_id=owner_id, viewer_id=viewer()))

    async def _page(self, request: ListRequest, *, owner_id: UserId | None, viewer_id: UserId | None) -> PageFields:
        caller_id = current_caller()
        query = query_of(request, self._page_tokens, caller_id=caller_id, owner_id=owner_id, viewer_id=viewer_id)
        return await page_fields(self._views, query, self._page_tokens, binding_of(request, caller_id))
