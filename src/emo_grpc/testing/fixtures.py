"""Fixtures of pytest. In the conftest.py at the root of the tests:

    pytest_plugins = ["emo_grpc.testing.fixtures"]

They are not loaded by themselves, for most who install the client have other tests to run.
"""

from collections.abc import Iterator

import pytest

from emo_grpc.testing.ephemeral_server import EphemeralServer
from emo_grpc.testing.logged_in_user import LoggedInUser


@pytest.fixture(scope="session")
def emo_server() -> Iterator[EphemeralServer]:
    """One server for all tests, started when the first of them asks for it."""
    with EphemeralServer() as server:
        yield server


@pytest.fixture
def emo_user(emo_server: EphemeralServer) -> LoggedInUser:
    """Somebody new on that server, who has nothing yet and whom no other test knows."""
    return emo_server.new_user()
