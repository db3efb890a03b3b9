from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from .notes import Engine, in_memory_engine, mongo_engine, sqlite_engine, watched_engine


@pytest.fixture(params=["in-memory", "sqlite", "mongo", "watched"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    opened: dict[str, Callable[[], AbstractAsyncContextManager[Engine]]] = {
        "in-memory": in_memory_engine,
        "watched": watched_engine,
        "sqlite": lambda: sqlite_engine(tmp_path),
        "mongo": lambda: mongo_engine(request.getfixturevalue("mongod_url")),
    }
    async with opened[request.param]() as made:
        yield made
