"""Pages of lists whose latest item comes first."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from emo_grpc.shared.service_layer.page_tokens import Cursor

T = TypeVar("T")

After = tuple[datetime, UUID]
"""The sort key of an item: when it was made, and its id."""

Listed = tuple[After, T | None]
"""An item behind its sort key; None if its record is damaged."""


class Dated(Protocol):
    """What is shown of an item, with when it was made."""

    @property
    def create_time(self) -> datetime:
        """When it was made."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items; `cursor` is None on the last page.

    `unreadable` are the ids of those that belong on it too, but whose records are damaged.
    """

    items: Sequence[T]
    cursor: Cursor | None
    unreadable: Sequence[UUID] = ()


def after_cursor(cursor: Cursor | None) -> After | None:
    """Where the page begins that follows the one with this cursor; None for the first one."""
    if cursor is None:
        return None
    create_time, item_id = cursor
    return datetime.fromisoformat(str(create_time)), UUID(str(item_id))


def page_of(found: Sequence[Listed[T]], limit: int) -> Page[T]:
    """The page of the first `limit` items of `found`, where one item more tells that there is a next page."""
    shown = found[:limit]
    items = [item for _, item in shown if item is not None]
    unreadable = [item_id for (_, item_id), item in shown if item is None]
    if len(found) <= limit:
        return Page(items, None, unreadable)
    create_time, item_id = shown[-1][0]
    return Page(items, (create_time.isoformat(), str(item_id)), unreadable)


async def pages_of(page_after: Callable[[Cursor | None], Awaitable[Page[T]]]) -> AsyncGenerator[Page[T], None]:
    """Page after page of a list; `page_after` is given the cursor of the one before. Raises what it raises."""
    after = None
    while True:
        page = await page_after(after)
        yield page
        after = page.cursor
        if after is None:
            return
