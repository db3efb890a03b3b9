from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from .trails import Trail, in_memory_trail, mongo_trail, sqlite_trail


@pytest.fixture(params=["in-memory", "sqlite", "mongo"])
async def trail(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Trail]:
    opened: dict[str, Callable[[], AbstractAsyncContextManager[Trail]]] = {
        "in-memory": in_memory_trail,
        "sqlite": lambda: sqlite_trail(tmp_path),
        "mongo": lambda: mongo_trail(request.getfixturevalue("mongod_url")),
    }
    async with opened[request.param]() as made:
        yield made
