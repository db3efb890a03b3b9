"""Builds an answer with assets that were asked for by their ids, the same in every database."""

from collections.abc import Sequence
from typing import Final

from emo_grpc.assets.adapters.queries.page_builder import MAX_PAGE_BYTES, max_message_bytes
from emo_grpc.assets.domain.errors import AssetNotFound, AssetRecordCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.views import AssetBatch, AssetView

READ_AT_ONCE: Final = 50
"""Records of assets, of up to 60 KB each, that are in memory at the same time."""

Found = AssetView | AssetNotFound | AssetRecordCorrupt

FRAME_BYTES: Final = 2 * 40 + 16
"""An upper bound of what a result takes besides its asset: its id, which may also be one that is left out."""
FAILURE_BYTES: Final = 320
"""An upper bound of what a failure takes, whatever the language of its sentence."""


class BatchBuilder:
    """Takes assets in the order in which they were asked for, up to MAX_PAGE_BYTES. It always takes one."""

    def __init__(self, asset_ids: Sequence[AssetId]) -> None:
        self._asset_ids = asset_ids
        self._room = MAX_PAGE_BYTES - FRAME_BYTES * len(asset_ids)
        self._found: list[tuple[AssetId, Found]] = []

    def add(self, asset: Found) -> bool:
        """Take what was found by the next id; gives whether it was taken, and the next one may be."""
        size = max_message_bytes(asset) if isinstance(asset, AssetView) else FAILURE_BYTES
        if self._found and size > self._room:
            return False
        self._found.append((self._asset_ids[len(self._found)], asset))
        self._room -= size
        return True

    def build(self) -> AssetBatch:
        """The answer."""
        return AssetBatch(self._found, self._asset_ids[len(self._found) :])
