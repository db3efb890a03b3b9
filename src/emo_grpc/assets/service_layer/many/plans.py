"""Which assets a batch by a filter is for, kept as results of requests."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.many.requests import part_id
from emo_grpc.shared.domain.ids import RequestId
from emo_grpc.shared.service_layer.idempotency import (
    REMEMBERED_FOR,
    IdempotencyKey,
    IdempotencyKeys,
    request_id_reused,
)

PAGE: Final = 500
"""So many ids are kept in one row, of 11 KB."""
ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """A row with the number of pages, and one for each page: its ids, 16 bytes each, in base64."""

    keys: IdempotencyKeys
    scope: str
    request_id: RequestId
    fingerprint: str

    async def find(self) -> tuple[AssetId, ...] | None:
        """The ids, in order; None if none are kept.

        Raises RequestIdReused if they are those of another request, or are about to be forgotten.
        """
        pages = await self._read(self.request_id)
        if pages is None:
            return None
        texts = [await self._read(self._page(number)) for number in range(int(pages))]
        if None in texts:
            raise request_id_reused(self.request_id)
        return tuple(asset_id for text in texts for asset_id in _ids_of(text or ""))

    async def keep(self, asset_ids: Sequence[AssetId], now: datetime) -> None:
        """Keep them, as long as results are."""
        pages = [asset_ids[at : at + PAGE] for at in range(0, len(asset_ids), PAGE)]
        await self._write(self.request_id, str(len(pages)), now)
        for number, page in enumerate(pages):
            await self._write(self._page(number), _text_of(page), now)

    def _page(self, number: int) -> RequestId:
        return part_id(self.request_id, f"page {number}")

    async def _read(self, request_id: RequestId) -> str | None:
        known = await self.keys.find(self.scope, request_id)
        if known is not None and known.fingerprint != self.fingerprint:
            raise request_id_reused(self.request_id)
        return None if known is None else known.result_id

    async def _write(self, request_id: RequestId, text: str, now: datetime) -> None:
        await self.keys.add(IdempotencyKey(self.scope, request_id, self.fingerprint, text, now + REMEMBERED_FOR))


def _text_of(asset_ids: Sequence[AssetId]) -> str:
    return base64.b64encode(b"".join(asset_id.value.bytes for asset_id in asset_ids)).decode()


def _ids_of(text: str) -> list[AssetId]:
    data = base64.b64decode(text)
    return [AssetId(UUID(bytes=data[at : at + ID_BYTES])) for at in range(0, len(data), ID_BYTES)]
