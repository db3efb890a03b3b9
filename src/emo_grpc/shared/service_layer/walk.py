"""Everything of one kind that a database has, for checks and migrations."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from emo_grpc.shared.domain.ids import Identifier

Id = TypeVar("Id", bound=Identifier)
T = TypeVar("T")

PAGE: Final = 200

PageById = Callable[[Id | None, int], Awaitable[list[T]]]
"""Gives the next ones in order of their ids: those after an id, None for the first ones; and at most so many.

Each page is one committed snapshot, backed by an index, and keeps no writer waiting. Raises the engine's own error when
a document is of a later release.
"""


async def walk(page: PageById[Id, T], id_of: Callable[[T], Id]) -> AsyncIterator[T]:
    """All of them, page after page, in order of their ids; of those that come and go meanwhile, some."""
    after: Id | None = None
    while found := await page(after, PAGE):
        for each in found:
            yield each
        after = id_of(found[-1])
