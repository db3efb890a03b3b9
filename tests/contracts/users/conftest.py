from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from .stores import Store, in_memory_store, mongo_store, sqlite_store


@pytest.fixture(params=["in-memory", "sqlite", "mongo"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: dict[str, Callable[[], AbstractAsyncContextManager[Store]]] = {
        "in-memory": in_memory_store,
        "sqlite": lambda: sqlite_store(tmp_path),
        "mongo": lambda: mongo_store(request.getfixturevalue("mongod_url")),
    }
    async with opened[request.param]() as made:
        yield made
