import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from rpc.vault import Vault, open_vault


@pytest.fixture(params=["sqlite", "mongo"])
async def vault(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vault]:
    """The whole service, with its metadata in either database."""
    settings: dict[str, Any] = {}
    if request.param == "mongo":
        url = SecretStr(request.getfixturevalue("mongod_url"))
        settings = {"mongodb_url": url, "mongodb_database": f"emo-{secrets.token_hex(4)}"}
    async with open_vault(tmp_path, **settings) as opened:
        yield opened
