"""Shows when something was, as it was meant: whoever looks, and wherever."""

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from emo.assets.v1.assets_pb2 import DATE_PRECISION_DAY, DATE_PRECISION_MONTH, DATE_PRECISION_YEAR, Asset
from emo_grpc.cli.terminal.message_texts import time_text

LENGTHS: Final[dict[int, int]] = {
    DATE_PRECISION_YEAR: len("1994"),
    DATE_PRECISION_MONTH: len("1994-05"),
    DATE_PRECISION_DAY: len("1994-05-06"),
}


def event_text(asset: Asset) -> str:
    """As much as is known, by its own calendar; a time with its zone, and one without by the clock of this machine."""
    length = LENGTHS.get(asset.event_precision)
    if not asset.HasField("event_date") or (length is None and not asset.event_zone):
        return time_text(asset.event_date, is_set=asset.HasField("event_date"))
    local = local_time(asset)
    if local is None:
        return time_text(asset.event_date, is_set=True)
    if length is not None:
        return local.date().isoformat()[:length]
    return f"{local.replace(tzinfo=None).isoformat(' ', 'minutes')} {asset.event_zone}"


def local_time(asset: Asset) -> datetime | None:
    """Its date, by the clock of its zone (UTC if it has none); None if this machine does not know that zone."""
    try:
        return asset.event_date.ToDatetime(UTC).astimezone(_zone(asset.event_zone))
    except (OverflowError, ValueError, OSError, KeyError):
        return None


def short_event_text(asset: Asset) -> str:
    """The same without the zone, for tables."""
    return event_text(asset).removesuffix(f" {asset.event_zone}")


def _zone(name: str) -> tzinfo:
    if not name:
        return UTC
    if name[0] in "+-":
        return datetime.strptime(name, "%z").tzinfo or UTC
    return ZoneInfo(name)
