"""How the documents of earlier releases are read."""

from dataclasses import dataclass, field
from typing import Final

from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters

ASSET_VERSION: Final = 3
UPLOAD_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class AssetUpcasters:
    """Those of assets and of uploads.

    What lists are sorted and filtered by is stored beside a document too, so a step that changes any of that needs SQL
    of its own in the schema.
    """

    assets: Upcasters = field(default_factory=dict)
    uploads: Upcasters = field(default_factory=dict)


def _with_folder_and_trash(raw: Raw) -> Raw:
    """Of version 2. A date was a moment, whatever of it was known: nothing tells a day from its midnight."""
    description = raw["description"]
    if not isinstance(description, dict):
        raise TypeError("a document is damaged: its description is none")
    said = description | {"folder": "", "event_precision": "second", "event_zone": ""}
    return raw | {"description": said, "delete_time": None, "purge_time": None}


UPCASTERS: Final = AssetUpcasters(assets={1: lambda raw: raw, 2: _with_folder_and_trash})
"""An asset of version 2 looks like one of version 1, and its metadata are counted (see Usage). So a release that does
not count them leaves it alone, and saving one of version 1 counts it.
"""
