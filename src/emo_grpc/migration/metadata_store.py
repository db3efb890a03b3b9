"""One of the two databases of a migration."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.bootstrap.metadata import Metadata
from emo_grpc.service_accounts.service_layer.unit_of_work import ServiceAccountsUnits
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.shared.service_layer.unit_of_work import UnitOfWork
from emo_grpc.users.service_layer.unit_of_work import UsersUnits

Unit = TypeVar("Unit", bound=UnitOfWork)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class MetadataStore:
    """The source or the target, with the units of work of all contexts."""

    metadata: Metadata
    users: UsersUnits
    service_accounts: ServiceAccountsUnits
    assets: AssetsUnits
    retries: ConflictRetries = field(default_factory=ConflictRetries)

    async def change(self, units: Callable[[], Unit], work: Callable[[Unit], Awaitable[Result]]) -> Result:
        """Do `work` in one transaction of one of the contexts; again, when a concurrent change got in its way.

        It adds and removes copies: what a unit has stored is one version further, also if its commit then failed.
        """

        async def once() -> Result:
            async with units() as unit:
                result = await work(unit)
                await unit.commit()
                return result

        return await self.retries.run(once)
