"""The RPCs for many assets at once."""

from typing import Any, Final

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.entrypoints.batch import asset_ids_of, delete_of, restore_of, update_of
from emo_grpc.assets.entrypoints.present_batch import batch_message, result_messages
from emo_grpc.assets.service_layer.many.batches import AssetBatches
from emo_grpc.assets.service_layer.many.requests import BatchRequest
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.shared.entrypoints.call import current_call, current_principal

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]

ASSETS_A_CALL: Final = 4
"""So many assets of a batch that changes them cost about what a call for one of them does."""


class BatchRpcs:
    """A part of AssetsServicer."""

    _views: AssetViews
    _batches: AssetBatches

    async def BatchGetAssets(self, request: pb.BatchGetAssetsRequest, context: Context) -> pb.BatchGetAssetsResponse:
        """Show the assets with these ids."""
        return batch_message(await self._views.assets(asset_ids_of(request.asset_ids), current_principal().user_id))

    async def BatchUpdateAssets(
        self, request: pb.BatchUpdateAssetsRequest, context: Context
    ) -> pb.BatchUpdateAssetsResponse:
        """Change what is said of many."""
        results = await self._carry_out(update_of(request, current_principal().user_id))
        return pb.BatchUpdateAssetsResponse(results=results)

    async def BatchDeleteAssets(
        self, request: pb.BatchDeleteAssetsRequest, context: Context
    ) -> pb.BatchDeleteAssetsResponse:
        """Delete many, or destroy them."""
        results = await self._carry_out(delete_of(request, current_principal().user_id))
        return pb.BatchDeleteAssetsResponse(results=results)

    async def BatchRestoreAssets(
        self, request: pb.BatchRestoreAssetsRequest, context: Context
    ) -> pb.BatchRestoreAssetsResponse:
        """Take many out of the trash."""
        results = await self._carry_out(restore_of(request, current_principal().user_id))
        return pb.BatchRestoreAssetsResponse(results=results)

    async def _carry_out(self, batch: BatchRequest) -> list[pb.AssetResult]:
        current_call().charge(batch.size // ASSETS_A_CALL)
        return result_messages(await self._batches.carry_out(batch))
