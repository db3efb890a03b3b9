from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .notes import Engine, memory_engine, sqlite_engine


@pytest.fixture(params=[memory_engine, sqlite_engine], ids=["memory", "sqlite"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    async with request.param(tmp_path) as made:
        yield made
