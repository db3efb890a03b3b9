from collections.abc import Iterator

import pytest

from mongod import running_mongod


@pytest.fixture(scope="session")
def mongod_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of one mongod for all tests, started when the first of them asks for it."""
    with running_mongod(tmp_path_factory.mktemp("mongod")) as mongod:
        yield mongod.url
