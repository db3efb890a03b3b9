"""Pages of lists whose latest item comes first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from emo_grpc.shared.service_layer.page_tokens import Cursor

T = TypeVar("T")

After = tuple[datetime, UUID]
"""The sort key of the last item of a page: when it was made, and its id."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items; `cursor` is None on the last page.

    `unreadable` are the ids of those that belong on it too, but whose records are damaged.
    """

    items: Sequence[T]
    cursor: Cursor | None
    unreadable: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in a list for an item whose record is damaged: when it was made, and its id."""

    create_time: datetime
    item_id: UUID


def after_cursor(cursor: Cursor | None) -> After | None:
    """Where the page begins that follows the one with this cursor; None for the first one."""
    if cursor is None:
        return None
    create_time, item_id = cursor
    return datetime.fromisoformat(str(create_time)), UUID(str(item_id))


def page_of(found: Sequence[T | Unreadable], limit: int, key: Callable[[T], After]) -> Page[T]:
    """The page of the first `limit` items of `found`, where one item more tells that there is a next page."""
    shown = found[:limit]
    items = [item for item in shown if not isinstance(item, Unreadable)]
    unreadable = [item.item_id for item in shown if isinstance(item, Unreadable)]
    if len(found) <= limit:
        return Page(items, None, unreadable)
    last = shown[-1]
    create_time, item_id = (last.create_time, last.item_id) if isinstance(last, Unreadable) else key(last)
    return Page(items, (create_time.isoformat(), str(item_id)), unreadable)
