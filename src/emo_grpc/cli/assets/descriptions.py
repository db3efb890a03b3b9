"""Makes an asset of the options that describe it."""

from collections.abc import Mapping
from datetime import datetime

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.terminal.message_texts import timestamp


def described(given: Mapping[str, str | list[str] | datetime | bool | None]) -> tuple[Asset, list[str]]:
    """An asset with these values, and the paths of those that are not None, as an update mask has them."""
    asset = Asset()
    found = {path: value for path, value in given.items() if value is not None}
    for path, value in found.items():
        part, _, name = path.rpartition(".")
        target = asset.file if part else asset
        if isinstance(value, list):
            getattr(target, name).extend(value)
        elif isinstance(value, datetime):
            asset.event_date.CopyFrom(timestamp(value))
        else:
            setattr(target, name, value)
    return asset, list(found)
