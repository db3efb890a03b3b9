"""How much a user may store."""

from dataclasses import dataclass

from emo_grpc.assets.domain.errors import QuotaExceeded
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork
from emo_grpc.shared.domain.ids import UserId


@dataclass(frozen=True, slots=True)
class Quota:
    """The same for every user: plaintext bytes."""

    limit_bytes: int

    async def check(self, unit: AssetsUnitOfWork, owner_id: UserId, more: int) -> None:
        """Raise QuotaExceeded if `more` bytes would not fit, and OwnerRemoved."""
        used = await unit.assets.reserved_bytes(owner_id)
        if used + more > self.limit_bytes:
            raise QuotaExceeded(
                "your storage is full",
                quota_subject=f"user:{owner_id}",
                metadata={"used_bytes": str(used), "quota_bytes": str(self.limit_bytes)},
            )
