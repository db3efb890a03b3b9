"""Guesses that come through a proxy, or pretend to."""

from pathlib import Path

import pytest

from emo.users.v1 import users_pb2 as pb
from emo_grpc.settings import Settings
from emo_grpc.users.domain.throttling import NETWORK_LIMIT

from .conftest import SETTINGS
from .people import PASSWORD, People, failure

HOME, STRANGER = "198.51.100.20", "203.0.113.66"


@pytest.fixture(params=["127.0.0.0/8", ""], ids=["trusted", "made up"])
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    proxies = Settings(_env_file=None, trusted_proxies=request.param).trusted_proxies
    return SETTINGS.model_copy(update={"data_folder": tmp_path, "trusted_proxies": proxies})


async def test_a_client_is_throttled_by_its_own_address(people: People, settings: Settings) -> None:
    """Behind a trusted proxy one client's guesses hinder no other; a header that a client made up frees nobody."""
    await people.register()

    async def log_in(username: str, address: str) -> str:
        request = pb.LoginRequest(username=username, password=PASSWORD)
        call = people.stub.Login(request, metadata=(("x-forwarded-for", address),))
        if username == "ana" and address == HOME and settings.trusted_proxies:
            return (await call).tokens.access_token and ""
        return (await failure(call))[1]

    for number in range(NETWORK_LIMIT):
        address = STRANGER if settings.trusted_proxies else f"203.0.{number}.1"
        assert await log_in(f"nobody{number}", address) == "INVALID_CREDENTIALS"
    assert await log_in("ana", STRANGER) == "LOGIN_THROTTLED"
    assert await log_in("ana", HOME) == ("" if settings.trusted_proxies else "LOGIN_THROTTLED")
