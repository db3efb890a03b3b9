"""What is moved, kind by kind."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from emo_grpc.assets.service_layer.unit_of_work import AssetsUnitOfWork, AssetsUnitOfWorkFactory
from emo_grpc.bootstrap.metadata import Metadata
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.ids import Identifier
from emo_grpc.shared.service_layer.contention import Contention
from emo_grpc.users.service_layer.unit_of_work import Units, UsersUnitOfWork

PAGE = 200

T = TypeVar("T", bound=Aggregate)
Id = TypeVar("Id", bound=Identifier)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Side:
    """The database that is moved from, or the one that is moved to."""

    metadata: Metadata
    users: Units
    assets: AssetsUnitOfWorkFactory
    contention: Contention = field(default_factory=Contention)

    async def change_users(self, work: Callable[[UsersUnitOfWork], Awaitable[Result]]) -> Result:
        """Do it in one transaction; again, when another one got in its way."""

        async def once() -> Result:
            async with self.users() as unit:
                result = await work(unit)
                await unit.commit()
                return result

        return await self.contention.undisturbed(once)

    async def change_assets(self, work: Callable[[AssetsUnitOfWork], Awaitable[None]]) -> None:
        """The same on the other context."""

        async def once() -> None:
            async with self.assets() as unit:
                await work(unit)
                await unit.commit()

        await self.contention.undisturbed(once)


class Kind(Protocol[T]):
    """One kind of aggregate."""

    @property
    def name(self) -> str:
        """As people read it, in the plural."""
        ...

    @property
    def noun(self) -> str:
        """What people know one by."""
        ...

    def walk(self, side: Side) -> AsyncIterator[T]:
        """All that a side has, in order of `identity`."""
        ...

    def identity(self, thing: T) -> UUID:
        """What is the same on both sides."""
        ...

    def marks(self, thing: T) -> tuple[UUID, ...]:
        """What the journal knows it by, its own first, then what it has in the blob store."""
        ...

    def is_same(self, here: T, there: T) -> bool:
        """Whether it is there as it is here."""
        ...

    async def is_stored(self, there: T) -> bool:
        """Whether the bucket has the bytes of what the target has. Raises Unavailable."""
        ...

    def size(self, thing: T) -> int:
        """Plaintext bytes that moving it takes."""
        ...

    async def remove(self, there: T, *, is_gone: bool) -> None:
        """Take it out of the target. `is_gone`: nothing comes in its place."""
        ...

    async def bring(self, here: T) -> None:
        """Put it into the target, which does not have it. Raises Unmovable."""
        ...


@dataclass(frozen=True, slots=True)
class Pair(Generic[T]):
    """A thing on both sides, or on one of them."""

    here: T | None
    there: T | None


async def walk(page: Callable[[Id | None, int], Awaitable[list[T]]], identifier: Callable[[T], Id]) -> AsyncIterator[T]:
    """All things, page after page."""
    after: Id | None = None
    while found := await page(after, PAGE):
        for thing in found:
            yield thing
        after = identifier(found[-1])


async def pairs(kind: Kind[T], here: Side, there: Side) -> AsyncIterator[Pair[T]]:
    """Everything that one of the sides has, in order."""
    ours, theirs = kind.walk(here), kind.walk(there)
    left, right = await anext(ours, None), await anext(theirs, None)
    while left is not None or right is not None:
        if right is None or (left is not None and kind.identity(left) < kind.identity(right)):
            yield Pair(left, None)
            left = await anext(ours, None)
        elif left is None or kind.identity(right) < kind.identity(left):
            yield Pair(None, right)
            right = await anext(theirs, None)
        else:
            yield Pair(left, right)
            left, right = await anext(ours, None), await anext(theirs, None)
