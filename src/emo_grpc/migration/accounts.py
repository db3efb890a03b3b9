"""Accounts and their sessions, as kinds of resources."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.migration.report import DAMAGED, CannotMigrate
from emo_grpc.migration.resource_kind import ResourceKind
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.service_layer.walk import walk
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork


@dataclass(frozen=True, slots=True)
class Accounts(ResourceKind[User | DamagedUser]):
    """Accounts with what is linked to them, without their sessions. A change of a link is a change of its account."""

    source: MetadataStore
    target: MetadataStore
    name: ClassVar[str] = "accounts"
    noun: ClassVar[str] = "account"
    damaged: ClassVar[type[Aggregate]] = DamagedUser

    def walk(self, store: MetadataStore) -> AsyncIterator[User | DamagedUser]:
        """All accounts."""
        return walk(store.metadata.accounts.users, lambda user: user.user_id)

    def identity(self, resource: User | DamagedUser) -> UUID:
        """The user's id."""
        return resource.user_id.value

    async def remove(self, target: User | DamagedUser, *, is_gone: bool) -> None:
        """Its sessions go too, and are copied again if they still exist. An event removes what it owned."""
        del is_gone
        await self.target.change(self.target.users, lambda unit: unit.users.remove(replace(target)))

    async def copy(self, source: User | DamagedUser) -> None:
        """Keeps the version, so that etags stay valid."""
        if isinstance(source, DamagedUser):
            raise CannotMigrate(DAMAGED)
        user = replace(source, version=source.version - 1)
        async with self.source.users() as unit:
            links = await unit.identities.of_user(user.user_id)

        async def add(unit: UsersUnitOfWork) -> None:
            await unit.users.add(replace(user))
            for link in links:
                await unit.identities.link(link.identity, user.user_id, link.link_time)

        await self.target.change(self.target.users, add)


@dataclass(frozen=True, slots=True)
class Sessions(ResourceKind[Session | DamagedSession]):
    """Logins."""

    target: MetadataStore
    name: ClassVar[str] = "sessions"
    noun: ClassVar[str] = "session"
    damaged: ClassVar[type[Aggregate]] = DamagedSession

    def walk(self, store: MetadataStore) -> AsyncIterator[Session | DamagedSession]:
        """All sessions."""
        return walk(store.metadata.accounts.sessions, lambda session: session.session_id)

    def identity(self, resource: Session | DamagedSession) -> UUID:
        """The session's id."""
        return resource.session_id.value

    async def remove(self, target: Session | DamagedSession, *, is_gone: bool) -> None:
        """Remove it alone."""
        del is_gone
        await self.target.change(self.target.users, lambda unit: unit.sessions.remove(target.session_id))

    async def copy(self, source: Session | DamagedSession) -> None:
        """Keeps the version. Raises CannotMigrate when the target does not have its account."""
        if isinstance(source, DamagedSession):
            raise CannotMigrate(DAMAGED)
        session = replace(source, version=source.version - 1)

        async def add(unit: UsersUnitOfWork) -> None:
            if await unit.users.find(session.user_id) is None:
                raise CannotMigrate("its account is not moved")
            await unit.sessions.add(replace(session))

        await self.target.change(self.target.users, add)
