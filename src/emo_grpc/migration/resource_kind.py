"""What is migrated, kind by kind."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from emo_grpc.migration.metadata_store import MetadataStore
from emo_grpc.shared.domain.aggregate import Aggregate

T = TypeVar("T", bound=Aggregate)


class ResourceKind(ABC, Generic[T]):
    """One kind of aggregate: `name` says it in the plural, `noun` what people know one by.

    `damaged`: what stands for one whose stored document can't be read.
    """

    name: ClassVar[str]
    noun: ClassVar[str]
    damaged: ClassVar[type[Aggregate]]

    @abstractmethod
    def walk(self, store: MetadataStore) -> AsyncIterator[T]:
        """All that a store has, in order of `identity`."""

    @abstractmethod
    def identity(self, resource: T) -> UUID:
        """Its id, the same in the source and in the target."""

    def journal_ids(self, resource: T) -> tuple[UUID, ...]:
        """What the journal notes of it: its id first, then the keys of what it has in the blob store."""
        return (self.identity(resource),)

    def is_same(self, source: T, target: T) -> bool:
        """Whether the target need not be changed: it has the same, or the source has only a damaged document."""
        return source == target or isinstance(source, self.damaged)

    async def has_bytes(self, target: T) -> bool:
        """Whether the bucket has the bytes of what the target has. Raises Unavailable."""
        del target
        return True

    def size(self, resource: T) -> int:
        """Plaintext bytes that have to be copied for it."""
        del resource
        return 0

    @abstractmethod
    async def remove(self, target: T, *, is_gone: bool) -> None:
        """Remove it from the target. `is_gone`: the source does not have it any more, so it is not copied again."""

    @abstractmethod
    async def copy(self, source: T) -> None:
        """Store it in the target, which does not have it. Raises CannotMigrate."""


@dataclass(frozen=True, slots=True)
class Pair(Generic[T]):
    """A resource in both stores, or in one of them."""

    source: T | None
    target: T | None


async def pairs(kind: ResourceKind[T], source: MetadataStore, target: MetadataStore) -> AsyncIterator[Pair[T]]:
    """Everything that one of the stores has, in order: a merge of two sorted walks."""
    ours, theirs = kind.walk(source), kind.walk(target)
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
