from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from emo_grpc.assets.adapters.s3.bucket import S3Location
from emo_grpc.bootstrap.mongo_engine import INDEXES
from mongod import empty_database
from rpc.backups.rig import Site, of_s3
from s3_server import S3Server

MakeSite = Callable[[str, str], Awaitable[Site]]
"""Of a name, on `embedded` or `shared` engines, empty at first."""

ROLES = ("old", "new", "backup")
KEYS = {
    "jwt_secret_key": SecretStr("5a" * 32),
    "data_key_encryption_key": SecretStr("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
}


@pytest.fixture(scope="session")
def session_buckets(s3: S3Server) -> dict[str, S3Location]:
    return {role: s3.new_bucket() for role in ROLES}


@pytest.fixture
def buckets(s3: S3Server, session_buckets: dict[str, S3Location]) -> Iterator[dict[str, S3Location]]:
    """Empty ones, for the files of two servers and for backups."""
    yield session_buckets
    for location in session_buckets.values():
        s3.empty(location.bucket)


@pytest.fixture
def make_site(tmp_path: Path, request: pytest.FixtureRequest) -> MakeSite:
    async def make(name: str, kind: str) -> Site:
        site = Site(tmp_path / name, dict(KEYS))
        if kind == "shared":
            url: str = request.getfixturevalue("mongod_url")
            location: S3Location = request.getfixturevalue("buckets")[name]
            async with empty_database(url, f"emo_backup_{name}", INDEXES):
                pass
            site.engines |= of_s3("asset", location) | {
                "mongodb_url": SecretStr(url),
                "mongodb_database": f"emo_backup_{name}",
                "asset_s3_bucket": location.bucket,
            }
        return site

    return make


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str, Site], str]:
    """The name of a place that a site may use."""

    def name_of(kind: str, site: Site) -> str:
        if kind == "folder":
            return str(tmp_path / "backup")
        location: S3Location = request.getfixturevalue("buckets")["backup"]
        site.engines |= of_s3("backup", location)
        return f"s3://{location.bucket}/emo/nightly"

    return name_of


@pytest.fixture
async def old(make_site: MakeSite) -> Site:
    """The embedded engines."""
    return await make_site("old", "embedded")


@pytest.fixture
async def new(make_site: MakeSite) -> Site:
    """The embedded engines, empty."""
    return await make_site("new", "embedded")
