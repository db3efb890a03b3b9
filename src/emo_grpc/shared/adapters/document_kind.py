"""One kind of aggregate that is stored as documents, the same in every database."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import DataLoss, NotFound
from emo_grpc.shared.domain.ids import Identifier
from emo_grpc.shared.service_layer.pages import Dated, Listed

Id = TypeVar("Id", bound=Identifier)
Whole = TypeVar("Whole", bound=Aggregate)
Damaged = TypeVar("Damaged", bound=Aggregate)
"""What is left of an aggregate whose document can't be read: what stands beside it."""
Shown = TypeVar("Shown", bound=Dated)

Key = str | bytes | UUID
"""An id as a database has it."""


@dataclass(frozen=True, slots=True)
class DocumentKind(Generic[Id, Whole, Damaged]):
    """`name` is that of its table or collection, `id_name` that of the aggregate's id and of the table's key."""

    name: str
    id_name: str
    id_type: type[Id]
    aggregate: type[Whole]
    schema_version: int
    upcasters: Upcasters
    from_document: Callable[[Raw, int, Upcasters], Whole]
    not_found: Callable[[], NotFound]
    corrupt: Callable[[Id], DataLoss]

    def id_from(self, key: Key) -> Id:
        """The id that this is; raises ValueError."""
        if isinstance(key, UUID):
            return self.id_type(key)
        return self.id_type(UUID(bytes=key) if isinstance(key, bytes) else UUID(key))

    def id_of(self, stored: Whole | Damaged) -> Id:
        """The id of an aggregate, whole or damaged."""
        identifier: Id = getattr(stored, self.id_name)
        return identifier

    def under(self, key: Key, stored: Whole | Damaged) -> Whole | Damaged:
        """Give it the id of its row: if that in its document was changed, who reads on behind it would skip others."""
        with suppress(ValueError):
            setattr(stored, self.id_name, self.id_from(key))
        return stored

    def listed(self, stored: Whole | Damaged, view: Callable[[Whole], Shown], create_time: str) -> Listed[Shown]:
        """An aggregate as a list shows it; `create_time` stands beside a document that can't be read."""
        shown = view(stored) if isinstance(stored, self.aggregate) else None
        time = shown.create_time if shown else datetime.fromisoformat(create_time)
        return (time, self.id_of(stored).value), shown

    def whole(self, found: Whole | Damaged | None) -> Whole:
        """Give it; raises the context's NotFound, or its DataLoss for a damaged one."""
        if found is None:
            raise self.not_found()
        if not isinstance(found, self.aggregate):
            raise self.corrupt(self.id_of(found))
        return found
