"""From views and results to the contract's messages."""

from collections.abc import Sequence
from typing import Final

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.file import AssetKind, File
from emo_grpc.assets.entrypoints.translate import PRECISIONS, STATES
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.stats import AssetStats
from emo_grpc.assets.service_layer.views import AssetView, TagCount
from emo_grpc.shared.entrypoints.timestamps import timestamp

KINDS: Final = {
    AssetKind.PHOTO: assets_pb2.ASSET_KIND_PHOTO,
    AssetKind.VIDEO: assets_pb2.ASSET_KIND_VIDEO,
    AssetKind.AUDIO: assets_pb2.ASSET_KIND_AUDIO,
    AssetKind.DOCUMENT: assets_pb2.ASSET_KIND_DOCUMENT,
    AssetKind.OTHER: assets_pb2.ASSET_KIND_OTHER,
}


def file_message(file: File) -> assets_pb2.File:
    """A file as the contract has it."""
    return assets_pb2.File(
        name=file.name, content_type=file.content_type, size_bytes=file.size_bytes, crc32c=file.crc32c
    )


def asset_message(view: AssetView) -> assets_pb2.Asset:
    """An asset as the contract has it."""
    said = view.description
    return assets_pb2.Asset(
        asset_id=str(view.asset_id),
        title=said.title,
        description=said.description,
        tags=said.tags,
        people=said.people,
        location=said.location,
        event_date=timestamp(said.event_date) if said.event_date else None,
        bookmarked=said.bookmarked,
        extra_private=said.extra_private,
        file=file_message(view.file),
        state=STATES[view.state],
        owner_ids=[str(owner_id) for owner_id in view.owner_ids],
        create_time=timestamp(view.create_time),
        update_time=timestamp(view.update_time),
        etag=view.etag,
        folder=said.folder,
        event_precision=_precision(said),
        event_zone=said.event_zone,
        delete_time=timestamp(view.delete_time) if view.delete_time else None,
        purge_time=timestamp(view.purge_time) if view.purge_time else None,
    )


def _precision(said: Description) -> assets_pb2.DatePrecision.ValueType:
    return assets_pb2.DATE_PRECISION_UNSPECIFIED if said.event_date is None else PRECISIONS[said.event_precision]


def stats_message(stats: AssetStats, quota: Quota) -> assets_pb2.GetAssetStatsResponse:
    """Stats as the contract has them."""
    return assets_pb2.GetAssetStatsResponse(
        kinds=[
            assets_pb2.KindStats(kind=KINDS[kind.kind], count=kind.count, bytes=kind.size_bytes) for kind in stats.kinds
        ],
        total_count=sum(kind.count for kind in stats.kinds),
        total_bytes=sum(kind.size_bytes for kind in stats.kinds),
        used_bytes=stats.usage.reserved_bytes,
        quota_bytes=quota.limit_bytes,
        metadata_bytes=stats.usage.metadata_bytes,
        metadata_quota_bytes=quota.metadata_limit_bytes,
        pending_count=stats.usage.pending_count,
        pending_limit=quota.pending_limit,
        trash_count=stats.trash.count,
        trash_bytes=stats.trash.reserved_bytes,
    )


def tag_cloud_message(tags: Sequence[TagCount]) -> assets_pb2.GetTagCloudResponse:
    """A tag cloud as the contract has it."""
    return assets_pb2.GetTagCloudResponse(tags=[assets_pb2.TagCount(tag=tag.tag, count=tag.count) for tag in tags])
