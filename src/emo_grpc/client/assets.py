"""The RPCs of AssetsService that are no streams."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import uuid4

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1.assets_pb2_grpc import AssetsServiceStub
from emo_grpc.client.asset_calls.folders import FolderCalls
from emo_grpc.client.asset_calls.labels import LabelCalls
from emo_grpc.client.asset_calls.search import SearchCalls
from emo_grpc.client.calls import Calls
from emo_grpc.client.errors import EmoClientError
from emo_grpc.client.pages import items_of, pages_of

MAX_BATCH: Final = 1000
"""As many as a batch may name."""


class AssetsApi(FolderCalls, LabelCalls, SearchCalls):
    """Typed calls; every one raises EmoClientError. The contract says what each field means."""

    def __init__(self, channel: grpc.aio.Channel, calls: Calls) -> None:
        self._stub = AssetsServiceStub(channel)
        self._calls = calls

    async def create(self, asset: pb.Asset, *, request_id: str = "") -> str:
        """CreateAsset; gives the asset's id. Makes one asset, also when it is sent again: see `request_id` there."""
        request = pb.CreateAssetRequest(asset=asset, request_id=request_id or str(uuid4()))
        return (await self._calls.authorized(self._stub.CreateAsset, request)).asset_id

    async def upload_status(self, asset_id: str) -> pb.GetUploadStatusResponse:
        """GetUploadStatus."""
        return await self._calls.authorized(self._stub.GetUploadStatus, pb.GetUploadStatusRequest(asset_id=asset_id))

    async def cancel_upload(self, asset_id: str) -> None:
        """CancelUpload."""
        await self._calls.authorized(self._stub.CancelUpload, pb.CancelUploadRequest(asset_id=asset_id))

    async def get(self, asset_id: str) -> pb.Asset:
        """GetAsset."""
        return (await self._calls.authorized(self._stub.GetAsset, pb.GetAssetRequest(asset_id=asset_id))).asset

    async def list_page(
        self, *, narrow: pb.AssetFilter | None = None, order_by: str = "", page_size: int = 0, page_token: str = ""
    ) -> pb.ListAssetsResponse:  # fmt: skip
        """ListAssets; one page."""
        request = pb.ListAssetsRequest(filter=narrow, order_by=order_by, page_size=page_size, page_token=page_token)
        return await self._calls.authorized(self._stub.ListAssets, request)

    def list_all_pages(
        self, *, narrow: pb.AssetFilter | None = None, order_by: str = "", page_size: int = 0
    ) -> AsyncGenerator[pb.Asset, None]:
        """ListAssets, page after page; what the server can't read is left out, `list_pages` tells of it."""
        pages = self.list_pages(narrow=narrow, order_by=order_by, page_size=page_size)
        return items_of(pages, lambda page: page.assets)

    def list_pages(
        self, *, narrow: pb.AssetFilter | None = None, order_by: str = "", page_size: int = 0
    ) -> AsyncGenerator[pb.ListAssetsResponse, None]:
        """ListAssets, each page as it is."""
        return pages_of(
            lambda token: self.list_page(narrow=narrow, order_by=order_by, page_size=page_size, page_token=token)
        )

    async def update(self, asset: pb.Asset, paths: Sequence[str]) -> None:
        """UpdateAsset; `paths` are the fields to change, empty = all that are set."""
        request = pb.UpdateAssetRequest(asset=asset, update_mask=FieldMask(paths=paths))
        await self._calls.authorized(self._stub.UpdateAsset, request)

    async def delete(self, asset_id: str, *, etag: str = "") -> None:
        """DeleteAsset: into the trash."""
        await self._calls.authorized(self._stub.DeleteAsset, pb.DeleteAssetRequest(asset_id=asset_id, etag=etag))

    async def get_many(self, asset_ids: Sequence[str]) -> list[pb.GetAssetResult]:
        """BatchGetAssets, a thousand at a time, and again for what an answer had no room for.

        Gives a result for each, in order; none may be there twice.
        """
        results: list[pb.GetAssetResult] = []
        while len(results) < len(asset_ids):
            some = asset_ids[len(results) : len(results) + MAX_BATCH]
            request = pb.BatchGetAssetsRequest(asset_ids=some)
            found = (await self._calls.authorized(self._stub.BatchGetAssets, request)).results
            if not found:
                raise EmoClientError("the server sent none of the assets", code=grpc.StatusCode.INTERNAL)
            results += found
        return results

    async def update_many(self, request: pb.BatchUpdateAssetsRequest) -> Sequence[pb.AssetResult]:
        """BatchUpdateAssets; changes each once, also when it is sent again: it gets a request_id if it has none."""
        request.request_id = request.request_id or str(uuid4())
        return (await self._calls.authorized(self._stub.BatchUpdateAssets, request)).results

    async def delete_many(self, request: pb.BatchDeleteAssetsRequest) -> Sequence[pb.AssetResult]:
        """BatchDeleteAssets; tells of each once what became of it, also when it is sent again, as `update_many`."""
        request.request_id = request.request_id or str(uuid4())
        return (await self._calls.authorized(self._stub.BatchDeleteAssets, request)).results

    async def restore_many(self, request: pb.BatchRestoreAssetsRequest) -> Sequence[pb.AssetResult]:
        """BatchRestoreAssets; tells of each once what became of it, also when it is sent again, as `update_many`."""
        request.request_id = request.request_id or str(uuid4())
        return (await self._calls.authorized(self._stub.BatchRestoreAssets, request)).results

    async def restore(self, asset_id: str, *, etag: str = "") -> None:
        """RestoreAsset: out of the trash."""
        await self._calls.authorized(self._stub.RestoreAsset, pb.RestoreAssetRequest(asset_id=asset_id, etag=etag))

    async def purge(self, asset_id: str, *, etag: str = "", force: bool = False) -> None:
        """PurgeAsset: destroys it; with `force` also if it is not in the trash."""
        request = pb.PurgeAssetRequest(asset_id=asset_id, etag=etag, force=force)
        await self._calls.authorized(self._stub.PurgeAsset, request)

    async def empty_trash(self, *, request_id: str = "") -> pb.EmptyTrashResponse:
        """EmptyTrash, once: up to 100 assets. Destroys no more when it is sent again: see `request_id` there."""
        request = pb.EmptyTrashRequest(request_id=request_id or str(uuid4()))
        return await self._calls.authorized(self._stub.EmptyTrash, request)

    async def list_trash(self, *, page_size: int = 0, page_token: str = "") -> pb.ListTrashResponse:
        """ListTrash; one page."""
        request = pb.ListTrashRequest(page_size=page_size, page_token=page_token)
        return await self._calls.authorized(self._stub.ListTrash, request)

    def list_trash_pages(self, *, page_size: int = 0) -> AsyncGenerator[pb.ListTrashResponse, None]:
        """ListTrash, each page as it is."""
        return pages_of(lambda token: self.list_trash(page_size=page_size, page_token=token))

    async def stats(self) -> pb.GetAssetStatsResponse:
        """GetAssetStats."""
        return await self._calls.authorized(self._stub.GetAssetStats, pb.GetAssetStatsRequest())

    async def tag_cloud(self, limit: int = 0) -> Sequence[pb.TagCount]:
        """GetTagCloud."""
        return (await self._calls.authorized(self._stub.GetTagCloud, pb.GetTagCloudRequest(limit=limit))).tags

    async def list_everybodys(
        self,
        *,
        owner_id: str = "",
        narrow: pb.AssetFilter | None = None,
        order_by: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> pb.ListAllAssetsResponse:
        """ListAllAssets; one page, for administrators."""
        request = pb.ListAllAssetsRequest(
            owner_id=owner_id, filter=narrow, order_by=order_by, page_size=page_size, page_token=page_token
        )
        return await self._calls.authorized(self._stub.ListAllAssets, request)

    async def ready_file(self, asset_id: str) -> pb.File:
        """The complete file of an asset; see `ready`."""
        return (await self.ready(asset_id)).file

    async def ready(self, asset_id: str) -> pb.Asset:
        """An asset whose file is complete, by GetAsset; raises EmoClientError with FILE_NOT_COMPLETE."""
        asset = await self.get(asset_id)
        if not asset.file.HasField("crc32c"):
            raise EmoClientError(
                "the asset's file is not complete yet",
                code=grpc.StatusCode.FAILED_PRECONDITION,
                reason="FILE_NOT_COMPLETE",
            )
        return asset
