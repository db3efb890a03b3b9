"""Brings documents of earlier releases up to date."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeVar

from emo_grpc.shared.domain.errors import DataLoss
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork

BATCH: Final = 100

Unit = TypeVar("Unit", bound=UnitOfWork)


class Upgradable(Protocol):
    """A repository, as far as this goes."""

    async def upgrade(self, limit: int) -> int:
        """As `Repository.upgrade`."""
        ...


async def upgrade_batch(units: Callable[[], Unit], repositories: Callable[[Unit], Iterable[Upgradable]]) -> int:
    """Store a batch of all repositories as this release does; gives how many, 0 when none is left.

    Damaged ones are passed over. When only such are left it raises the context's DataLoss, which names one.
    """
    count, damage = 0, None
    async with units() as unit:
        for repository in repositories(unit):
            try:
                count += await repository.upgrade(BATCH - count)
            except DataLoss as error:
                damage = damage or error
        await unit.commit()
    if damage is not None and not count:
        raise damage
    return count
