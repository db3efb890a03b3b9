from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .engines import Engine, memory_engine, mongo_engine, sqlite_engine


@pytest.fixture(params=["memory", "sqlite", "mongo"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    opened = {
        "memory": lambda: memory_engine(tmp_path),
        "sqlite": lambda: sqlite_engine(tmp_path),
        "mongo": lambda: mongo_engine(request.getfixturevalue("mongod_url")),
    }
    async with opened[request.param]() as made:
        yield made
