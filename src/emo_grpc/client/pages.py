"""Lists, page after page (AIP-158)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Protocol, TypeVar


class Page(Protocol):
    """Names the next one; empty: it is the last."""

    next_page_token: str


Answer = TypeVar("Answer", bound=Page)
Item = TypeVar("Item")


async def pages_of(call: Callable[[str], Awaitable[Answer]]) -> AsyncGenerator[Answer, None]:
    """Each page as it is; `call` is given its token, empty for the first one. Raises what the call does."""
    token = ""
    while True:
        page = await call(token)
        yield page
        token = page.next_page_token
        if not token:
            return


async def items_of(
    pages: AsyncGenerator[Answer, None], items: Callable[[Answer], Iterable[Item]]
) -> AsyncGenerator[Item, None]:
    """What is on the pages, one by one."""
    async with aclosing(pages):
        async for page in pages:
            for each in items(page):
                yield each
