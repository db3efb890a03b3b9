"""Reads what an UpdateAsset, or a BatchUpdateAssets, is to change."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.commands import AssetChange
from emo_grpc.assets.domain.file import DEFAULT_CONTENT_TYPE
from emo_grpc.assets.entrypoints.translate import event_date_of, event_precision_of, folder_of, labels_of
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.spaces import without_spaces

UpdateRequest = assets_pb2.UpdateAssetRequest | assets_pb2.BatchUpdateAssetsRequest
Merge = Callable[[AssetChange, assets_pb2.Asset], AssetChange]


def _event_date(change: AssetChange, asset: assets_pb2.Asset) -> AssetChange:
    event_date = event_date_of(asset)
    return replace(change, event_date=event_date, clear_event_date=event_date is None)


MERGES: Final[dict[str, Merge]] = {
    "title": lambda change, asset: replace(change, title=asset.title),
    "description": lambda change, asset: replace(change, description=asset.description),
    "tags": lambda change, asset: replace(change, tags=labels_of(asset.tags)),
    "people": lambda change, asset: replace(change, people=labels_of(asset.people)),
    "location": lambda change, asset: replace(change, location=without_spaces(asset.location)),
    "event_date": _event_date,
    "bookmarked": lambda change, asset: replace(change, bookmarked=asset.bookmarked),
    "extra_private": lambda change, asset: replace(change, extra_private=asset.extra_private),
    "folder": lambda change, asset: replace(change, folder=folder_of(asset)),
    "event_precision": lambda change, asset: replace(change, event_precision=event_precision_of(asset)),
    "event_zone": lambda change, asset: replace(change, event_zone=asset.event_zone),
    "file.name": lambda change, asset: replace(change, file_name=asset.file.name),
    "file.content_type": lambda change, asset: replace(
        change, content_type=asset.file.content_type.lower() or DEFAULT_CONTENT_TYPE
    ),
}


def change_of(request: UpdateRequest) -> AssetChange:
    """The new values of the fields that the mask names (AIP-134); raises InvalidArgument for a bad mask."""
    change = AssetChange()
    for path in _paths(request):
        change = MERGES[path](change, request.asset)
    return change


def _paths(request: UpdateRequest) -> list[str]:
    asked = list(request.update_mask.paths)
    if asked == ["*"]:
        return list(MERGES)
    if not asked:
        return [path for path in MERGES if _is_set(request.asset, path)]
    known = [path for name in asked for path in _spelled_out(name)]
    return list(dict.fromkeys(known))


def _spelled_out(name: str) -> list[str]:
    paths = ["file.name", "file.content_type"] if name == "file" else [name]
    if not MERGES.keys() >= set(paths):
        raise InvalidArgument.of("update_mask", f"can't name {name[:100]!r}; it can name {', '.join(MERGES)}")
    return paths


def _is_set(asset: assets_pb2.Asset, path: str) -> bool:
    outer, _, inner = path.partition(".")
    message = asset.file if inner else asset
    return any(field.name == (inner or outer) for field, _ in message.ListFields())
