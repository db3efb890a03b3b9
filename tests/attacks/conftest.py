import base64
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from attacks.keeper import Keeper, keeper_at
from e2e.server_process import ServerProcess
from rpc.vault import Vault, open_vault
from s3_server import S3Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One real server for the attacks of a module: after each it must go on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # it is the server's time that is fought for
        made = ServerProcess(tmp_path_factory.mktemp("attacked"))
        made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def ann(server: ServerProcess) -> Iterator[Keeper]:
    """Somebody who is logged in there."""
    with keeper_at(server) as made:
        yield made


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    """The whole service in this process, on its own engines."""
    async with open_vault(tmp_path) as opened:
        yield opened


@pytest.fixture(params=["embedded", "shared"])
def engines(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings, once of the service's own engines and once of MongoDB and S3."""
    if request.param == "embedded":
        return {}
    return _shared(request.getfixturevalue("mongod_url"), request.getfixturevalue("s3"))


@pytest.fixture
async def any_vault(engines: dict[str, Any], tmp_path: Path) -> AsyncIterator[Vault]:
    """The whole service in this process, once on each kind of engines."""
    async with open_vault(tmp_path, **engines) as opened:
        yield opened


def _shared(mongod_url: str, s3: S3Server) -> dict[str, Any]:
    bucket = s3.new_bucket()
    return {
        "mongodb_url": SecretStr(mongod_url),
        "mongodb_database": f"emo-{secrets.token_hex(4)}",
        "asset_s3_bucket": bucket.bucket,
        "asset_s3_url": s3.url,
        "asset_s3_region": bucket.region or "",
        "asset_s3_access": bucket.access_key or "",
        "asset_s3_secret": SecretStr(bucket.secret_key or ""),
        "jwt_secret_key": SecretStr("5a" * 32),
        "data_key_encryption_key": SecretStr(base64.b64encode(bytes(range(32))).decode()),
    }
