"""All contexts, on one set of engines."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS as ASSET_UPCASTERS
from emo_grpc.assets.adapters.documents.upcasters import AssetUpcasters
from emo_grpc.bootstrap.assets import AssetsContext, open_assets
from emo_grpc.bootstrap.audit import AuditContext, build_audit
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.service_accounts import ServiceAccountsContext, build_service_accounts
from emo_grpc.bootstrap.users import UsersContext, build_users
from emo_grpc.service_accounts.adapters.documents.service_account import UPCASTERS as SERVICE_ACCOUNT_UPCASTERS
from emo_grpc.shared.adapters.schema_versions import Upcasters
from emo_grpc.shared.entrypoints.server import Service
from emo_grpc.shared.service_layer.handlers import all_event_handlers
from emo_grpc.shared.service_layer.outbox import EventHandlers
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS as USER_UPCASTERS
from emo_grpc.users.adapters.documents.upcasters import UserUpcasters
from emo_grpc.users.service_layer.ports import PasswordHasher


class Context(Protocol):
    """What the server, the relay, the sweeper and `emo admin migrate` take of each context."""

    @property
    def service(self) -> Service:
        """Its gRPC service."""
        ...

    @property
    def event_handlers(self) -> EventHandlers:
        """Its handlers of events, also of those of other contexts."""
        ...

    async def sweep(self) -> None:
        """Drop what is over."""
        ...

    async def outdated(self) -> int:
        """How many documents of earlier releases wait to be brought up to date."""
        ...

    async def upgrade_documents(self) -> int:
        """Bring a batch of them up to date; gives how many, 0 when none is left.

        Raises DataLoss when only damaged ones are left.
        """
        ...


@dataclass(frozen=True, slots=True)
class Contexts:
    """Each by its name; iterating gives them in the order in which they are swept and upgraded."""

    users: UsersContext
    service_accounts: ServiceAccountsContext
    assets: AssetsContext
    audit: AuditContext

    def __iter__(self) -> Iterator[Context]:
        return iter((self.users, self.service_accounts, self.assets, self.audit))

    @property
    def event_handlers(self) -> EventHandlers:
        """Those of all contexts, for the relay."""
        return all_event_handlers(context.event_handlers for context in self)

    async def outdated(self) -> int:
        """How many documents of earlier releases wait to be brought up to date."""
        return sum([await context.outdated() for context in self])


@dataclass(frozen=True, slots=True)
class ContextUpcasters:
    """What brings the documents of earlier releases up to date, in each context."""

    users: UserUpcasters = USER_UPCASTERS
    assets: AssetUpcasters = ASSET_UPCASTERS
    service_accounts: Upcasters = field(default_factory=lambda: SERVICE_ACCOUNT_UPCASTERS)


UPCASTERS: Final = ContextUpcasters()


@asynccontextmanager
async def open_contexts(
    engines: Engines, hasher: PasswordHasher | None = None, upcasters: ContextUpcasters = UPCASTERS
) -> AsyncIterator[Contexts]:
    """Build all contexts; at the end, wait for what broken upload streams have brought.

    `hasher` replaces Argon2id at its full cost.
    """
    async with open_assets(engines, upcasters.assets) as assets:
        users = build_users(engines, hasher, upcasters.users)
        service_accounts = build_service_accounts(engines, upcasters.service_accounts)
        yield Contexts(users, service_accounts, assets, build_audit(engines))
