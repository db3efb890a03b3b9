from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .stores import Store, memory_store, sqlite_store


@pytest.fixture(params=[memory_store, sqlite_store], ids=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with request.param(tmp_path) as made:
        yield made
