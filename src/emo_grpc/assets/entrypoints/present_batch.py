"""From what became of many assets to the contract's messages."""

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.batch_commands import AssetFailure
from emo_grpc.assets.entrypoints.present import asset_message
from emo_grpc.assets.service_layer.many.batches import Results
from emo_grpc.assets.service_layer.views import AssetBatch, AssetView
from emo_grpc.shared.entrypoints.call import current_call
from emo_grpc.shared.entrypoints.errors.languages import preferred_locale
from emo_grpc.shared.entrypoints.errors.sentences import sentence
from emo_grpc.shared.entrypoints.errors.wire import short, status_code


def batch_message(batch: AssetBatch) -> assets_pb2.BatchGetAssetsResponse:
    """Assets that were asked for, as the contract has them."""
    locale = _locale()
    return assets_pb2.BatchGetAssetsResponse(
        results=[
            assets_pb2.GetAssetResult(asset_id=str(asset_id), asset=asset_message(found))
            if isinstance(found, AssetView)
            else assets_pb2.GetAssetResult(asset_id=str(asset_id), failure=_failure(AssetFailure.of(found), locale))
            for asset_id, found in batch.found
        ],
        unsent_asset_ids=map(str, batch.left_out),
    )


def result_messages(results: Results) -> list[assets_pb2.AssetResult]:
    """What became of each asset, as the contract has it."""
    locale = _locale()
    return [
        assets_pb2.AssetResult(asset_id=str(asset_id), failure=_failure(failure, locale) if failure else None)
        for asset_id, failure in results
    ]


def _failure(failure: AssetFailure, locale: str) -> assets_pb2.AssetFailure:
    return assets_pb2.AssetFailure(
        code=status_code(failure.kind).value[0],
        reason=failure.kind.reason,
        message=sentence(failure.kind.reason, locale) or short(failure.message),
        metadata=failure.metadata,
    )


def _locale() -> str:
    return preferred_locale(",".join(current_call().metadata("accept-language")))
