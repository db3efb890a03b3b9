from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rpc.vault import Person, Vault, open_vault


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    """The whole service on the embedded engines, behind a real port."""
    async with open_vault(tmp_path) as opened:
        yield opened


@pytest.fixture
async def alice(vault: Vault) -> Person:
    return await vault.person("alice")


@pytest.fixture
async def bob(vault: Vault) -> Person:
    return await vault.person("bob")
