"""Reads what is to be done with many assets. All that is wrong with a request is named at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.batch_commands import AssetReference, DeleteAssets, PurgeAssets, RestoreAssets
from emo_grpc.assets.domain.commands import AssetChange
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.entrypoints.change import change_of
from emo_grpc.assets.entrypoints.listing import filter_of
from emo_grpc.assets.entrypoints.translate import labels_of, request_id_of
from emo_grpc.assets.service_layer.many.requests import MAX_ASSETS, MAX_MATCHES, BatchRequest
from emo_grpc.assets.service_layer.new_values import check_change
from emo_grpc.assets.service_layer.views import AssetFilter
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.text import Violations

BatchMessage = assets_pb2.BatchUpdateAssetsRequest | assets_pb2.BatchDeleteAssetsRequest


def asset_ids_of(texts: Sequence[str]) -> tuple[AssetId, ...]:
    """1 to 1000 different ids; raises InvalidArgument."""
    if not 1 <= len(texts) <= MAX_ASSETS:
        raise InvalidArgument.of("asset_ids", f"must be 1 to {MAX_ASSETS}, are {len(texts)}")
    violations = Violations()
    found = [violations.parse(partial(AssetId.parse, text, f"asset_ids[{at}]")) for at, text in enumerate(texts)]
    violations.raise_if_any()
    asset_ids = tuple(asset_id for asset_id in found if asset_id is not None)
    if len(set(asset_ids)) < len(asset_ids):
        raise InvalidArgument.of("asset_ids", "must not repeat one")
    return asset_ids


def update_of(request: assets_pb2.BatchUpdateAssetsRequest, owner_id: UserId) -> BatchRequest:
    """Read it; raises InvalidArgument."""
    violations = Violations()
    batch = violations.parse(lambda: _batch(request, owner_id))
    change = violations.parse(lambda: _change(request))
    if batch is None or change is None:
        raise violations.error()
    return replace(batch, change=change)


def delete_of(request: assets_pb2.BatchDeleteAssetsRequest, owner_id: UserId) -> BatchRequest:
    """Read it; raises InvalidArgument."""
    return replace(_batch(request, owner_id), otherwise=PurgeAssets if request.purge else DeleteAssets)


def restore_of(request: assets_pb2.BatchRestoreAssetsRequest, owner_id: UserId) -> BatchRequest:
    """Read it; raises InvalidArgument."""
    violations = Violations()
    named = violations.parse(lambda: _named(request.asset_ids, request.etags))
    request_id = violations.parse(lambda: request_id_of(request.request_id))
    violations.raise_if_any()
    return BatchRequest(owner_id, named or (), otherwise=RestoreAssets, request_id=request_id)


def _batch(request: BatchMessage, owner_id: UserId) -> BatchRequest:
    violations = Violations()
    chosen: AssetFilter | None = None
    named: tuple[AssetReference, ...] | None = ()
    if request.HasField("filter"):
        chosen = violations.parse(lambda: filter_of(request.filter))
        if request.asset_ids or request.etags:
            violations.add("asset_ids", "must be empty where filter says which")
        if not 0 <= request.expected_count <= MAX_MATCHES:
            violations.add("expected_count", f"must be from 0 to {MAX_MATCHES}")
    else:
        named = violations.parse(lambda: _named(request.asset_ids, request.etags))
        if request.expected_count:
            violations.add("expected_count", "must be that of a filter")
    request_id = violations.parse(lambda: request_id_of(request.request_id))
    violations.raise_if_any()
    return BatchRequest(owner_id, named or (), chosen, request.expected_count, request_id=request_id)


def _named(texts: Sequence[str], etags: Mapping[str, str]) -> tuple[AssetReference, ...]:
    asset_ids = asset_ids_of(texts)
    by_id = {text.lower(): etag for text, etag in etags.items()}
    if not {str(asset_id) for asset_id in asset_ids} >= by_id.keys():
        raise InvalidArgument.of("etags", "must be of asset_ids")
    return tuple(AssetReference(asset_id, by_id.get(str(asset_id), "")) for asset_id in asset_ids)


def _change(request: assets_pb2.BatchUpdateAssetsRequest) -> AssetChange:
    change = replace(
        change_of(request),
        add_tags=labels_of(request.add_tags),
        remove_tags=tuple(request.remove_tags),
        add_people=labels_of(request.add_people),
        remove_people=tuple(request.remove_people),
    )
    violations = Violations()
    if change == AssetChange():
        violations.add("update_mask", "must name something to change, or tags or people be added or removed")
    for name, replaced, added, removed in (
        ("tags", change.tags, change.add_tags, change.remove_tags),
        ("people", change.people, change.add_people, change.remove_people),
    ):
        if replaced is not None and (added or removed):
            violations.add("update_mask", f"can't name {name} where {name} are added or removed")
        if set(added) & set(removed):
            violations.add(f"remove_{name}", f"must have none of add_{name}")
    violations.parse(lambda: check_change(change))
    violations.raise_if_any()
    return change
