"""Makes an asset of the options that describe it."""

from collections.abc import Mapping
from typing import Final

from emo.assets.v1.assets_pb2 import Asset, DatePrecision
from emo_grpc.cli.dates import EventDate
from emo_grpc.cli.terminal.message_texts import timestamp

DATE_PATHS: Final = ("event_date", "event_precision", "event_zone")


def described(given: Mapping[str, str | list[str] | EventDate | bool | None]) -> tuple[Asset, list[str]]:
    """An asset with these values, and the paths of those that are not None, as an update mask has them."""
    asset, paths = Asset(), list[str]()
    for path, value in given.items():
        if value is None:
            continue
        paths += DATE_PATHS if isinstance(value, EventDate) else (path,)
        part, _, name = path.rpartition(".")
        target = asset.file if part else asset
        if isinstance(value, list):
            getattr(target, name).extend(value)
        elif isinstance(value, EventDate):
            _set_date(asset, value)
        else:
            setattr(target, name, value)
    return asset, paths


def _set_date(asset: Asset, date: EventDate) -> None:
    asset.event_date.CopyFrom(timestamp(date.moment))
    asset.event_precision = DatePrecision.Value(f"DATE_PRECISION_{date.precision}")
    asset.event_zone = date.zone
