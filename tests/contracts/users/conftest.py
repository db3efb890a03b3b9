from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .stores import Store, memory_store, mongo_store, sqlite_store


@pytest.fixture(params=["memory", "sqlite", "mongo"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = {
        "memory": lambda: memory_store(tmp_path),
        "sqlite": lambda: sqlite_store(tmp_path),
        "mongo": lambda: mongo_store(request.getfixturevalue("mongod_url")),
    }
    async with opened[request.param]() as made:
        yield made
