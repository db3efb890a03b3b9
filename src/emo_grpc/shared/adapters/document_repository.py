"""What repositories of documents have in common, whatever the context and the database."""

from abc import ABC, abstractmethod
from typing import Generic

from emo_grpc.shared.adapters.document_kind import Damaged, DocumentKind, Id, Whole
from emo_grpc.shared.adapters.schema_versions import DAMAGED, UNREADABLE, Errors, Upcasters
from emo_grpc.shared.adapters.unit_of_work import Track
from emo_grpc.shared.domain.errors import ConcurrentChange


class DocumentRepository(ABC, Generic[Id, Whole, Damaged]):
    """Reads with the given upcasters, and tells the unit of work of each aggregate that it has stored."""

    def __init__(self, kind: DocumentKind[Id, Whole, Damaged], track: Track, upcasters: Upcasters) -> None:
        self._kind = kind
        self._track = track
        self._upcasters = upcasters

    async def get(self, identifier: Id) -> Whole:
        """The aggregate; raises the context's NotFound, and its DataLoss for a record that can't be read."""
        return self._kind.whole(await self._find(identifier, UNREADABLE))

    async def find(self, identifier: Id) -> Whole | Damaged | None:
        """The aggregate, what is left of a damaged one, or None; raises UnknownSchemaVersion."""
        return await self._find(identifier, DAMAGED)

    async def add(self, aggregate: Whole) -> None:
        """Store one that is not there."""
        await self._insert(aggregate)
        self._stored(aggregate)

    async def save(self, aggregate: Whole) -> None:
        """Store the changes of one that is there."""
        await self._update(aggregate)
        self._stored(aggregate)

    async def upgrade(self, limit: int) -> int:
        """Save some that are stored as another release does, however many damaged ones are before them."""
        asked = limit
        while True:
            found = await self.outdated(asked)
            readable = [each for each in found if isinstance(each, self._kind.aggregate)][:limit]
            for each in readable:
                await self.save(each)
            if readable or not found:
                return len(readable)
            if len(found) < asked:
                raise self._kind.corrupt(self._kind.id_of(found[0]))
            asked *= 2

    @abstractmethod
    async def outdated(self, limit: int) -> list[Whole | Damaged]:
        """Some that are stored as another release does."""

    @abstractmethod
    async def _find(self, identifier: Id, damage: Errors) -> Whole | Damaged | None:
        """The one with this id; what raises one of `damage` counts as damaged."""

    @abstractmethod
    async def _insert(self, aggregate: Whole) -> None:
        """Write it as the version that follows its own; raises ConcurrentChange if it is there."""

    @abstractmethod
    async def _update(self, aggregate: Whole) -> None:
        """Write it as the version that follows its own; raises ConcurrentChange if another version is stored."""

    def _stored(self, aggregate: Whole) -> None:
        aggregate.version += 1
        self._track(aggregate)


def changed() -> ConcurrentChange:
    """The error when a record is not as it was read any more."""
    return ConcurrentChange("this was changed at the same moment")


def require_one(count: int) -> None:
    """Raise it unless just one record was stored as it was read."""
    if count != 1:
        raise changed()
