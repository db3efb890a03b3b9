"""How much a user may store."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.errors import MetadataQuotaExceeded, OwnerRemoved, QuotaExceeded, TooManyPendingAssets
from emo_grpc.assets.domain.usage import Usage
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork
from emo_grpc.shared.domain.ids import UserId

MAX_METADATA_BYTES: Final = 8 << 30
"""Room for a million assets with a long description or a dozen tags each, and for four million without."""

MAX_PENDING_ASSETS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Quota:
    """The same for every user: `limit_bytes` of plaintext, and what the database may have to keep beside it.

    `on_share` is told which share of `limit_bytes` would be in use, and not whose.
    """

    limit_bytes: int
    pending_limit: int = MAX_PENDING_ASSETS
    on_share: Callable[[float], None] | None = None

    @property
    def metadata_limit_bytes(self) -> int:
        """How many metadata_bytes a user may have: descriptions never take more than files may."""
        return min(self.limit_bytes, MAX_METADATA_BYTES)

    async def check(self, unit: AssetsUnitOfWork, owner_id: UserId, more: int) -> None:
        """Raise QuotaExceeded if `more` bytes would not fit, and OwnerRemoved."""
        self._check_bytes(await unit.assets.usage(owner_id), owner_id, more)

    async def check_new(self, unit: AssetsUnitOfWork, owner_id: UserId, asset: Asset) -> None:
        """Raise QuotaExceeded, TooManyPendingAssets or MetadataQuotaExceeded if it would not fit, and OwnerRemoved."""
        used = await unit.assets.usage(owner_id)
        self._check_bytes(used, owner_id, asset.file.size_bytes)
        if used.pending_count >= self.pending_limit:
            raise TooManyPendingAssets(
                f"{used.pending_count} of your assets wait for their files already",
                quota_subject=f"user:{owner_id}",
                metadata={"pending_count": str(used.pending_count), "pending_limit": str(self.pending_limit)},
            )
        self._check_metadata(used, owner_id, asset.metadata_bytes)

    async def check_metadata_of(self, unit: AssetsUnitOfWork, owner_id: UserId, more: int) -> None:
        """Raise MetadataQuotaExceeded if `more` metadata bytes, or fewer, would not fit, and OwnerRemoved."""
        used = await unit.assets.usage(owner_id)
        if more > 0:
            self._check_metadata(used, owner_id, more)

    async def check_metadata(self, unit: AssetsUnitOfWork, owner_ids: Iterable[UserId], more: int) -> None:
        """Raise MetadataQuotaExceeded if `more` metadata bytes would not fit for one of these owners of an asset."""
        for owner_id in owner_ids:
            with suppress(OwnerRemoved):
                self._check_metadata(await unit.assets.usage(owner_id), owner_id, more)

    def _check_bytes(self, used: Usage, owner_id: UserId, more: int) -> None:
        if self.on_share is not None:
            self.on_share((used.reserved_bytes + more) / self.limit_bytes)
        if used.reserved_bytes + more > self.limit_bytes:
            raise QuotaExceeded(
                "your storage is full",
                quota_subject=f"user:{owner_id}",
                metadata={"used_bytes": str(used.reserved_bytes), "quota_bytes": str(self.limit_bytes)},
            )

    def _check_metadata(self, used: Usage, owner_id: UserId, more: int) -> None:
        if used.metadata_bytes + more > self.metadata_limit_bytes:
            raise MetadataQuotaExceeded(
                "what your assets are described with fills its share of the database",
                quota_subject=f"user:{owner_id}",
                metadata={
                    "metadata_bytes": str(used.metadata_bytes),
                    "metadata_quota_bytes": str(self.metadata_limit_bytes),
                },
            )
