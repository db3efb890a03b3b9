from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .world import STORES, World, a_world


@pytest.fixture(params=sorted(STORES))
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """On memory, and on SQLite with a folder."""
    async with a_world(request.param, tmp_path) as made:
        yield made


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[World]:
    """On SQLite with a folder, where files matter."""
    async with a_world("embedded", tmp_path) as made:
        yield made


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[World]:
    """On memory alone, where the engines make no difference."""
    async with a_world("memory", tmp_path) as made:
        yield made
