"""Moves accounts and logins."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

from emo_grpc.migration.report import DAMAGED, Unmovable
from emo_grpc.migration.resource_kind import Side, walk
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork


@dataclass(frozen=True, slots=True)
class Accounts:
    """Of kind User | DamagedUser."""

    target: Side
    name: str = "accounts"
    noun: str = "account"

    def walk(self, side: Side) -> AsyncIterator[User | DamagedUser]:
        """See Kind."""
        return walk(side.metadata.accounts.users, lambda user: user.user_id)

    def identity(self, thing: User | DamagedUser) -> UUID:
        """See Kind."""
        return thing.user_id.value

    def marks(self, thing: User | DamagedUser) -> tuple[UUID, ...]:
        """See Kind."""
        return (thing.user_id.value,)

    def is_same(self, here: User | DamagedUser, there: User | DamagedUser) -> bool:
        """See Kind. What can't be read here does not take the place of what is there."""
        return here == there or isinstance(here, DamagedUser)

    async def is_stored(self, there: User | DamagedUser) -> bool:
        """It has none."""
        del there
        return True

    def size(self, thing: User | DamagedUser) -> int:
        """None."""
        del thing
        return 0

    async def remove(self, there: User | DamagedUser, *, is_gone: bool) -> None:
        """Its sessions go too; those that go on are brought again. What it owned follows by itself."""
        del is_gone
        await self.target.change_users(lambda unit: unit.users.remove(replace(there)))

    async def bring(self, here: User | DamagedUser) -> None:
        """See Kind."""
        if isinstance(here, DamagedUser):
            raise Unmovable(DAMAGED)
        await self.target.change_users(lambda unit: unit.users.add(replace(here, version=here.version - 1)))


@dataclass(frozen=True, slots=True)
class Sessions:
    """Of kind Session | DamagedSession."""

    target: Side
    name: str = "sessions"
    noun: str = "session"

    def walk(self, side: Side) -> AsyncIterator[Session | DamagedSession]:
        """See Kind."""
        return walk(side.metadata.accounts.sessions, lambda session: session.session_id)

    def identity(self, thing: Session | DamagedSession) -> UUID:
        """See Kind."""
        return thing.session_id.value

    def marks(self, thing: Session | DamagedSession) -> tuple[UUID, ...]:
        """See Kind."""
        return (thing.session_id.value,)

    def is_same(self, here: Session | DamagedSession, there: Session | DamagedSession) -> bool:
        """See Kind. What can't be read here does not take the place of what is there."""
        return here == there or isinstance(here, DamagedSession)

    async def is_stored(self, there: Session | DamagedSession) -> bool:
        """It has none."""
        del there
        return True

    def size(self, thing: Session | DamagedSession) -> int:
        """None."""
        del thing
        return 0

    async def remove(self, there: Session | DamagedSession, *, is_gone: bool) -> None:
        """See Kind."""
        del is_gone
        await self.target.change_users(lambda unit: unit.sessions.remove(there.session_id))

    async def bring(self, here: Session | DamagedSession) -> None:
        """See Kind."""
        if isinstance(here, DamagedSession):
            raise Unmovable(DAMAGED)
        session = replace(here, version=here.version - 1)

        async def add(unit: UsersUnitOfWork) -> None:
            try:
                await unit.users.find(session.user_id)
            except UserNotFound:
                raise Unmovable("its account is not moved") from None
            await unit.sessions.add(session)

        await self.target.change_users(add)
