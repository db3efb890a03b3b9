"""From the contract's messages to commands. All that is wrong with a request is named at once."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from emo.assets.v1 import assets_pb2
from emo_grpc.assets.domain.asset import AssetState, Description
from emo_grpc.assets.domain.commands import CreateAsset
from emo_grpc.assets.domain.event_date import DatePrecision, first_moment
from emo_grpc.assets.domain.file import DEFAULT_CONTENT_TYPE, File
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.timestamps import point_in_time
from emo_grpc.spaces import without_spaces

STATES: Final = {
    AssetState.PENDING: assets_pb2.ASSET_STATE_PENDING,
    AssetState.READY: assets_pb2.ASSET_STATE_READY,
}

PRECISIONS: Final = {
    DatePrecision.YEAR: assets_pb2.DATE_PRECISION_YEAR,
    DatePrecision.MONTH: assets_pb2.DATE_PRECISION_MONTH,
    DatePrecision.DAY: assets_pb2.DATE_PRECISION_DAY,
    DatePrecision.SECOND: assets_pb2.DATE_PRECISION_SECOND,
}
_PRECISIONS: Final[dict[int, DatePrecision]] = {
    assets_pb2.DATE_PRECISION_UNSPECIFIED: DatePrecision.SECOND,
    **{number: precision for precision, number in PRECISIONS.items()},
}


def create_asset(request: assets_pb2.CreateAssetRequest, owner_id: UserId) -> CreateAsset:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    description = violations.parse(lambda: _description(request.asset))
    file = violations.parse(lambda: _file(request.asset.file))
    request_id = violations.parse(lambda: request_id_of(request.request_id))
    if description is None or file is None:
        raise violations.error()
    violations.raise_if_any()
    return CreateAsset(owner_id, description, file, request_id)


def request_id_of(text: str) -> RequestId | None:
    """The id of a request, None if it has none; raises InvalidArgument."""
    return RequestId.parse(text, "request_id") if text else None


def _description(message: assets_pb2.Asset) -> Description:
    date, precision = event_date_of(message), event_precision_of(message)
    return Description(
        title=message.title,
        description=message.description,
        tags=labels_of(message.tags),
        people=labels_of(message.people),
        location=without_spaces(message.location),
        event_date=None if date is None else first_moment(date, precision, message.event_zone),
        bookmarked=message.bookmarked,
        extra_private=message.extra_private,
        folder=folder_of(message),
        event_precision=precision,
        event_zone=message.event_zone,
    )


def event_date_of(message: assets_pb2.Asset) -> datetime | None:
    """The event date if it is set; raises InvalidArgument if it is no point in time."""
    return point_in_time(message.event_date, "asset.event_date") if message.HasField("event_date") else None


def folder_of(message: assets_pb2.Asset) -> str:
    """The folder, in NFC."""
    return unicodedata.normalize("NFC", message.folder)


def labels_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Tags or people, without blanks around them, which nobody sees; what is another one by them alone is left out."""
    found: list[str] = []
    known = set(texts)  # there may be as many as a message holds: they are counted later
    for text in texts:
        label = without_spaces(text)
        if label == text or label not in known:
            known.add(label)
            found.append(label)
    return tuple(found)


def event_precision_of(message: assets_pb2.Asset) -> DatePrecision:
    """How much of the event date is known; raises InvalidArgument if it is none of the contract's."""
    if message.event_precision not in _PRECISIONS:
        raise InvalidArgument.of("asset.event_precision", "must be YEAR, MONTH, DAY or SECOND")
    return _PRECISIONS[message.event_precision]


def _file(message: assets_pb2.File) -> File:
    return File(
        name=message.name,
        content_type=message.content_type.lower() or DEFAULT_CONTENT_TYPE,
        size_bytes=message.size_bytes,
    )
