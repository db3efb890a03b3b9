"""Lists, page after page (AIP-158)."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol, TypeVar


class Page(Protocol):
    """Names the next one; empty: it is the last."""

    next_page_token: str


Answer = TypeVar("Answer", bound=Page)


async def pages_of(call: Callable[[str], Awaitable[Answer]]) -> AsyncGenerator[Answer, None]:
    """Each page as it is; `call` is given its token, empty for the first one. Raises what the call does."""
    token = ""
    while True:
        page = await call(token)
        yield page
        token = page.next_page_token
        if not token:
            return
