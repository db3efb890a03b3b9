"""What the repositories of all contexts have in common, as a unit of work sees them."""

from typing import Protocol, TypeVar

Id_contra = TypeVar("Id_contra", contravariant=True)
Whole = TypeVar("Whole")
Damaged = TypeVar("Damaged")
"""What is left of an aggregate whose record can't be read."""


class Repository(Protocol[Id_contra, Whole, Damaged]):
    """Aggregates by id.

    `save` raises `ConcurrentChange`, at the latest at commit, if the stored version is not the one that was read; `add`
    does if one is there. Both hand the aggregate's events to the unit of work, and raise its version by one.
    """

    async def get(self, identifier: Id_contra, /) -> Whole:
        """The aggregate; raises the context's `NotFound`, or its `DataLoss` if the record is damaged."""
        ...

    async def find(self, identifier: Id_contra, /) -> Whole | Damaged | None:
        """The aggregate, also when its record is damaged, or None."""
        ...

    async def add(self, aggregate: Whole, /) -> None:
        """Store one that is not there, as the version that follows its own: 1 of a new one."""
        ...

    async def save(self, aggregate: Whole, /) -> None:
        """Store its changes, as the next version."""
        ...

    async def outdated(self, limit: int) -> list[Whole | Damaged]:
        """Some that are stored as another release does; `save` makes them current.

        Raises the engine's own error when one is of a later release.
        """
        ...

    async def upgrade(self, limit: int) -> int:
        """Save up to `limit` of those; gives how many, 0 when none is left.

        Damaged ones are passed over. When only such are left it raises the context's `DataLoss`, which names one.
        """
        ...
