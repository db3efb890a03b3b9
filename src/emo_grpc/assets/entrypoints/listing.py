"""Reads what a list is to hold, and pages through it."""

from collections.abc import Sequence
from typing import Final
from unicodedata import normalize

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.asset import AssetState
from emo_grpc.assets.domain.file import AssetKind, is_media_range
from emo_grpc.assets.domain.folder import TOP, check_folder
from emo_grpc.assets.entrypoints.filtering.translation import all_of, expression_of
from emo_grpc.assets.entrypoints.filtering.typed_fields import typed_parts
from emo_grpc.assets.entrypoints.present import KINDS
from emo_grpc.assets.entrypoints.translate import STATES
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.paging import binding_of
from emo_grpc.shared.service_layer.page_tokens import PageSize, PageTokens, cursor_before

PAGE_SIZE: Final = PageSize(default=50, maximum=1000)
MAX_FILTER_VALUES: Final = 20
ListRequest = assets_pb2.ListAssetsRequest | assets_pb2.ListAllAssetsRequest

_STATES: Final[dict[int, AssetState]] = {number: state for state, number in STATES.items()}
_KINDS: Final[dict[int, AssetKind]] = {number: kind for kind, number in KINDS.items()}


def query_of(
    request: ListRequest, tokens: PageTokens, *, caller_id: str, owner_id: UserId | None, viewer_id: UserId | None
) -> AssetQuery:
    """The query of a list request; raises InvalidArgument, InvalidPageToken."""
    limit = PAGE_SIZE.of(request.page_size)
    field, descending = _order(request.order_by)
    return AssetQuery(
        owner_id=owner_id,
        viewer_id=viewer_id,
        limit=limit,
        filter=filter_of(request.filter),
        sort_field=field,
        descending=descending,
        after=cursor_before(tokens, request.page_token, binding_of(request, caller_id)),
    )


def _order(order_by: str) -> tuple[SortField, bool]:
    words = order_by.split()
    if not words:
        return SortField.CREATE_TIME, True
    if len(words) > 2 or words[0] not in list(SortField) or (len(words) == 2 and words[1] not in ("asc", "desc")):
        raise InvalidArgument.of("order_by", f"must be one of {', '.join(SortField)}, with an optional ` desc`")
    return SortField(words[0]), words[-1] == "desc"


def filter_of(message: assets_pb2.AssetFilter) -> AssetFilter:
    """Which assets a filter holds; raises InvalidArgument, InvalidFilter."""
    violations = Violations()
    _check_counts(message, violations)
    if any(state not in _STATES for state in message.states):
        violations.add("filter.states", "must be PENDING or READY")
    if any(kind not in _KINDS for kind in message.kinds):
        violations.add("filter.kinds", "must be PHOTO, VIDEO, AUDIO, DOCUMENT or OTHER")
    _check_content_types(message.content_types, violations)
    parts = typed_parts(message, violations)
    folder = normalize("NFC", message.folder) if message.HasField("folder") else None
    check_folder(violations, "filter.folder", folder or TOP)
    violations.raise_if_any()
    if (said := expression_of(message.expression)) is not None:
        parts.append(said)
    return AssetFilter(
        content_types=tuple(content_type.lower() for content_type in message.content_types),
        tags=tuple(dict.fromkeys(message.tags)),
        people=tuple(dict.fromkeys(message.people)),
        bookmarked=message.bookmarked if message.HasField("bookmarked") else None,
        states=tuple(_STATES[state] for state in message.states),
        kinds=tuple(_KINDS[kind] for kind in dict.fromkeys(message.kinds)),
        expression=all_of(parts) if parts else None,
        folder=folder,
        in_subfolders=message.folder_recursive,
    )


def _check_content_types(content_types: Sequence[str], violations: Violations) -> None:
    for index, content_type in enumerate(content_types[:MAX_FILTER_VALUES]):
        if not is_media_range(content_type.lower()):
            violations.add(f"filter.content_types[{index}]", "must be a media type such as image/jpeg, or image/*")


def _check_counts(message: assets_pb2.AssetFilter, violations: Violations) -> None:
    for field, values in message.ListFields():
        if field.is_repeated and len(values) > MAX_FILTER_VALUES:
            violations.add(f"filter.{field.name}", f"must be at most {MAX_FILTER_VALUES}")
