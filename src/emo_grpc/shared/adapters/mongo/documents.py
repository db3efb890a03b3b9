"""Documents of MongoDB, and how many of them a query gives."""

from typing import Any

from pymongo.asynchronous.cursor import AsyncCursor

# Any: each collection's owner knows what it keeps in it.
Document = dict[str, Any]


async def up_to(limit: int, found: AsyncCursor[Document]) -> list[Document]:
    """So many of the documents; none for 0, which to MongoDB itself means all."""
    return await found.limit(limit).to_list() if limit else []
