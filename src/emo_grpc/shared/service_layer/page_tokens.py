"""Opaque page tokens (AIP-158)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from emo_grpc.shared.domain.errors import InvalidArgument

Cursor = Sequence[str | int | float | None]
"""The sort key of the last row of a page; its shape is the list query's own."""


class PageTokens(Protocol):
    """Seals cursors into tokens that clients can neither read nor change.

    A token opens only with the `binding` it was sealed with: the RPC, the caller and every field of the request
    but page_size and page_token.
    """

    def seal(self, cursor: Cursor, binding: str) -> str:
        """URL-safe text."""
        ...

    def open(self, token: str, binding: str) -> Cursor:
        """The cursor; raises `InvalidPageToken`."""
        ...


def cursor_before(tokens: PageTokens, page_token: str, binding: str) -> Cursor | None:
    """The cursor that a page follows; None, for the first page, if there is no token. Raises `InvalidPageToken`."""
    return tokens.open(page_token, binding) if page_token else None


def next_page_token(tokens: PageTokens, cursor: Cursor | None, binding: str) -> str:
    """The token of the page that follows this cursor; empty after the last page."""
    return "" if cursor is None else tokens.seal(cursor, binding)


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page size as AIP-158 has it: 0 means `default`, more than `maximum` means `maximum`."""

    default: int
    maximum: int

    def of(self, asked: int, field: str = "page_size") -> int:
        """The size to use; raises InvalidArgument that names `field` when `asked` is negative."""
        if asked < 0:
            raise InvalidArgument.of(field, "must not be negative")
        return min(asked or self.default, self.maximum)
