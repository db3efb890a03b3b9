import os
import signal
from collections.abc import Iterator
from importlib import import_module
from unittest.mock import patch

import pytest
import structlog
from hypothesis import settings

from emo_grpc.assets.adapters.s3.bucket import S3Location
from mongod import memory_folder, running_mongod
from s3_server import S3Server, running_s3

# gRPC tells of each server that goes away, which drowns what failed. It reads this when it is imported; the processes
# that tests start are to be as people's.
with patch.dict(os.environ, {"GRPC_VERBOSITY": os.environ.get("GRPC_VERBOSITY", "NONE")}):
    import_module("grpc")

# No test asserts a time: a machine may be busy with other things.
settings.register_profile("emo", deadline=None)
settings.load_profile("emo")

# Tracebacks with the values of all variables take seconds to draw, in which a test's loop stands still.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# A shell lets what it runs in the background ignore Ctrl-C, and so would all processes that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def mongod_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of one mongod for all tests, started when the first of them asks for it."""
    with memory_folder(tmp_path_factory.mktemp("mongod")) as folder, running_mongod(folder) as mongod:
        yield mongod.url


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """One S3 for all tests, started when the first of them asks for it."""
    with running_s3() as server:
        yield server


@pytest.fixture(scope="session")
def s3_bucket(s3: S3Server) -> S3Location:
    """One bucket for all tests of this process; see `s3_location`."""
    return s3.new_bucket()


@pytest.fixture
def s3_location(s3: S3Server, s3_bucket: S3Location) -> Iterator[S3Location]:
    """An empty bucket."""
    yield s3_bucket
    s3.empty(s3_bucket.bucket)
