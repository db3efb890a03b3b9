"""How much of a list to ask for at once."""

from typing import Final

MAX_PAGE: Final = 1000
"""Servers give no more on a page."""


def page_size(limit: int | None) -> int:
    """So much that it is known whether there is more than `limit`; None = no limit."""
    return MAX_PAGE if limit is None else min(limit + 1, MAX_PAGE)
