"""Between the contract's messages and ours."""

from collections.abc import Sequence
from datetime import UTC, datetime

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.asset import AssetState, Description
from emo_grpc.assets.domain.commands import CreateAsset
from emo_grpc.assets.domain.file import DEFAULT_CONTENT_TYPE, AssetKind, File
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.views import AssetStats, AssetView, TagCount
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.timestamps import timestamp

STATES = {
    AssetState.PENDING: assets_pb2.ASSET_STATE_PENDING,
    AssetState.READY: assets_pb2.ASSET_STATE_READY,
}
KINDS = {
    AssetKind.PHOTO: assets_pb2.ASSET_KIND_PHOTO,
    AssetKind.VIDEO: assets_pb2.ASSET_KIND_VIDEO,
    AssetKind.AUDIO: assets_pb2.ASSET_KIND_AUDIO,
    AssetKind.DOCUMENT: assets_pb2.ASSET_KIND_DOCUMENT,
    AssetKind.OTHER: assets_pb2.ASSET_KIND_OTHER,
}


def creation_of(request: assets_pb2.CreateAssetRequest, owner_id: UserId) -> CreateAsset:
    """The command of a request; raises InvalidArgument that names everything wrong with it at once."""
    violations = Violations()
    description = violations.parse(lambda: _description(request.asset))
    file = violations.parse(lambda: _file(request.asset.file))
    request_id = violations.parse(lambda: _request_id(request.request_id))
    violations.raise_if_any()
    if description is None or file is None:
        raise RuntimeError("what was not read is a violation")
    return CreateAsset(owner_id, description, file, request_id)


def _request_id(text: str) -> RequestId | None:
    return RequestId.parse(text, "request_id") if text else None


def _description(message: assets_pb2.Asset) -> Description:
    return Description(
        title=message.title,
        description=message.description,
        tags=tuple(message.tags),
        people=tuple(message.people),
        location=message.location,
        event_date=event_date_of(message),
        bookmarked=message.bookmarked,
        extra_private=message.extra_private,
    )


def event_date_of(message: assets_pb2.Asset) -> datetime | None:
    """The event date if it is set; raises InvalidArgument if it is no point in time."""
    if not message.HasField("event_date"):
        return None
    try:
        return message.event_date.ToDatetime(UTC)
    except (ValueError, OverflowError):
        violations = Violations()
        violations.add("asset.event_date", "must be a time from year 1 to 9999")
        violations.raise_if_any()
        raise


def _file(message: assets_pb2.File) -> File:
    return File(
        name=message.name,
        content_type=message.content_type.lower() or DEFAULT_CONTENT_TYPE,
        size_bytes=message.size_bytes,
    )


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
    )


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
    )


def tag_cloud_message(tags: Sequence[TagCount]) -> assets_pb2.GetTagCloudResponse:
    """A tag cloud as the contract has it."""
    return assets_pb2.GetTagCloudResponse(tags=[assets_pb2.TagCount(tag=tag.tag, count=tag.count) for tag in tags])
