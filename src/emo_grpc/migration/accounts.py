"""Moves accounts and logins."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

from emo_grpc.migration.resource_kind import Side, walk
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


@dataclass(frozen=True, slots=True)
class Accounts:
    """Of kind User."""

    target: Side
    name: str = "accounts"

    def walk(self, side: Side) -> AsyncIterator[User]:
        """See Kind."""
        return walk(side.metadata.accounts.users, lambda user: user.user_id)

    def identity(self, thing: User) -> UUID:
        """See Kind."""
        return thing.user_id.value

    def marks(self, thing: User) -> tuple[UUID, ...]:
        """See Kind."""
        return (thing.user_id.value,)

    def is_same(self, here: User, there: User) -> bool:
        """See Kind."""
        return here == there

    async def is_stored(self, there: User) -> bool:
        """It has none."""
        del there
        return True

    def size(self, thing: User) -> int:
        """None."""
        del thing
        return 0

    async def remove(self, there: User, *, is_gone: bool) -> None:
        """Its sessions go too; those that go on are brought again. What it owned follows by itself."""
        del is_gone
        await self.target.change_users(lambda unit: unit.users.remove(replace(there)))

    async def bring(self, here: User) -> None:
        """See Kind."""
        await self.target.change_users(lambda unit: unit.users.add(replace(here, version=here.version - 1)))


@dataclass(frozen=True, slots=True)
class Sessions:
    """Of kind Session."""

    target: Side
    name: str = "sessions"

    def walk(self, side: Side) -> AsyncIterator[Session]:
        """See Kind."""
        return walk(side.metadata.accounts.sessions, lambda session: session.session_id)

    def identity(self, thing: Session) -> UUID:
        """See Kind."""
        return thing.session_id.value

    def marks(self, thing: Session) -> tuple[UUID, ...]:
        """See Kind."""
        return (thing.session_id.value,)

    def is_same(self, here: Session, there: Session) -> bool:
        """See Kind."""
        return here == there

    async def is_stored(self, there: Session) -> bool:
        """It has none."""
        del there
        return True

    def size(self, thing: Session) -> int:
        """None."""
        del thing
        return 0

    async def remove(self, there: Session, *, is_gone: bool) -> None:
        """See Kind."""
        del is_gone
        await self.target.change_users(lambda unit: unit.sessions.remove(there.session_id))

    async def bring(self, here: Session) -> None:
        """See Kind."""
        await self.target.change_users(lambda unit: unit.sessions.add(replace(here, version=here.version - 1)))
