import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from fault_proxy import FaultProxy, fault_proxy
from s3_server import S3Server
from survival.figures import Figures
from survival.replicas import SharedEngines


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """What was measured; written into the page that EMO_SURVIVAL_PAGE names, if all went well."""
    found, page = Figures(), os.environ.get("EMO_SURVIVAL_PAGE")
    yield found
    if page and not request.session.testsfailed:
        found.write(Path(page))


@pytest.fixture(scope="module")
def s3_door(s3: S3Server) -> Iterator[FaultProxy]:
    """What stands before the S3, and may be broken."""
    with fault_proxy(s3.url) as door:
        yield door


@pytest.fixture(scope="module")
def engines(mongod_url: str, s3: S3Server, s3_door: FaultProxy) -> SharedEngines:
    """A database and a bucket that nobody else uses, the bucket behind the door."""
    return SharedEngines(mongod_url, f"emo-{secrets.token_hex(4)}", s3.new_bucket(), s3_door.url)
