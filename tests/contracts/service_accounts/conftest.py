from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .stores import Store, mongo_store, sqlite_store


@pytest.fixture(params=["sqlite", "mongo"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = sqlite_store(tmp_path) if request.param == "sqlite" else mongo_store(request.getfixturevalue("mongod_url"))
    async with opened as made:
        yield made
