"""What a ZIP file says of the files in it, but for their bytes."""

import zipfile
from datetime import UTC, datetime
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.event_dates import local_time
from emo_grpc.cli.assets.exports.zip_records import entry_named

FIRST_TIME: Final = (1980, 1, 1, 0, 0, 0)
LAST_YEAR: Final = 2107
"""MS-DOS has no earlier time, and no later year: PKWARE APPNOTE.TXT 6.3.10, 4.4.6."""


def asset_entry(name: str, asset: Asset) -> zipfile.ZipInfo:
    """With the time of what it shows, by the clock there; else of its coming in, in UTC: ZIP has no zones."""
    moment = _shown_time(asset).timetuple()[:6]
    info = entry_named(name, FIRST_TIME if moment < FIRST_TIME or moment[0] > LAST_YEAR else moment)
    info.file_size = asset.file.size_bytes
    return info


def own_entry(name: str) -> zipfile.ZipInfo:
    """Of a file of the export itself, made now."""
    return entry_named(name, datetime.now(UTC).timetuple()[:6])


def _shown_time(asset: Asset) -> datetime:
    if asset.HasField("event_date"):
        return local_time(asset) or asset.event_date.ToDatetime(UTC)
    return asset.create_time.ToDatetime(UTC)
