"""A login lasts as long as its refresh tokens do."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from emo.users.v1.users_pb2 import User
from emo_grpc.client import (
    Credentials,
    CredentialsStore,
    EmoClient,
    EmoClientError,
    FileCredentialsStore,
    MemoryCredentialsStore,
    NotLoggedIn,
)
from unit.client.fake_server import PASSWORD, Failure, World
from waiting import until


@pytest.fixture(params=["memory", "file"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], CredentialsStore]:
    """A store as another process would open it, over the same place."""
    kept = MemoryCredentialsStore()
    if request.param == "memory":
        return lambda: kept
    return lambda: FileCredentialsStore(tmp_path / "emo" / "credentials.json", "localhost:1")


def aged(credentials: Credentials, **changes: datetime) -> Credentials:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    fields = {name: getattr(credentials, name) for name in Credentials.__dataclass_fields__}
    return Credentials(**{**fields, "received_time": long_ago, **changes})


async def test_a_device_is_known_at_the_next_login(
    server: str, world: World, new_store: Callable[[], CredentialsStore]
) -> None:
    """Each login shows the token of the one before, also after a logout."""
    async with EmoClient.connect(server, new_store()) as client:
        await client.login("ann", PASSWORD)
        await client.logout()
    async with EmoClient.connect(server, new_store()) as client:
        await client.login("ann", PASSWORD)
        await client.login("ann", PASSWORD)
    assert world.device_tokens == ["", "device 1", "device 2"]


async def test_a_device_stays_known_when_it_changes_the_password(
    server: str, world: World, new_store: Callable[[], CredentialsStore]
) -> None:
    """The change shows the token of the login, and the next login that of the change, by name and by address."""
    world.me = User(username="ann", email="ann@example.org")
    world.users["ann@example.org"] = PASSWORD
    async with EmoClient.connect(server, new_store()) as client:
        await client.login("ann", PASSWORD)
        await client.users.change_password(PASSWORD, "another one")
        await client.logout()
    for identifier in ("ann", "ann@example.org"):
        async with EmoClient.connect(server, new_store()) as client:
            await client.login(identifier, PASSWORD)
    assert world.device_tokens == ["", "device 1", "device 2", "device 2"]


async def test_a_login_is_found_by_the_next_process(server: str, new_store: Callable[[], CredentialsStore]) -> None:
    """Who has logged in stays logged in."""
    async with EmoClient.connect(server, new_store()) as client:
        assert await client.login("ann", PASSWORD) == "u-1"
    async with EmoClient.connect(server, new_store()) as client:
        await client.users.get_me()


async def test_without_a_login_no_call_is_made(server: str, world: World) -> None:
    """The error comes from here, and says what is missing."""
    async with EmoClient.connect(server) as client:
        with pytest.raises(NotLoggedIn):
            await client.users.get_me()
    assert world.calls == []


async def test_a_wrong_password_is_a_typed_error(server: str) -> None:
    """Code, reason, sentence and request id are those of the server."""
    async with EmoClient.connect(server) as client:
        with pytest.raises(EmoClientError, match="another password") as caught:
            await client.login("ann", "wrong")
    assert caught.value.code is grpc.StatusCode.UNAUTHENTICATED
    assert (caught.value.reason, caught.value.request_id) == ("INVALID_CREDENTIALS", "request-7")


async def test_logout_forgets_the_login_even_when_the_server_is_gone(
    server: str, world: World, new_store: Callable[[], CredentialsStore]
) -> None:
    """The tokens are dropped first."""
    async with EmoClient.connect(server, new_store()) as client:
        await client.login("ann", PASSWORD)
        world.failures["Logout"] = [Failure(grpc.StatusCode.INTERNAL)]
        with pytest.raises(EmoClientError):
            await client.logout()
        assert await new_store().load() is None
        await client.logout()


async def test_logout_ends_the_session_at_the_server(client: EmoClient, world: World) -> None:
    """The refresh token is good for nothing afterwards."""
    await client.logout()
    assert world.refresh == set()


async def test_an_expired_token_is_renewed_once_for_all_calls(client: EmoClient, world: World) -> None:
    """Calls that find the token expired at the same time share one refresh, and all succeed."""
    world.expired.add("access-1")
    await asyncio.gather(*(client.users.get_me() for _ in range(8)))
    assert world.calls.count("RefreshTokens") == 1


async def test_a_token_that_is_about_to_end_is_renewed_before_the_call(
    server: str, world: World, new_store: Callable[[], CredentialsStore]
) -> None:
    """No call is spent on finding out."""
    store = new_store()
    soon = datetime.now(UTC) + timedelta(seconds=5)
    await store.save(aged(Credentials.from_tokens(world.tokens(), datetime.now(UTC)), access_expire_time=soon))
    async with EmoClient.connect(server, new_store()) as client:
        await client.users.get_me()
    assert world.calls == ["RefreshTokens", "GetMe"]


async def test_a_clock_that_is_wrong_causes_no_refresh_at_every_call(server: str, world: World) -> None:
    """A token that just came counts as good, whatever this machine's clock makes of its end."""
    world.lifetime = timedelta(hours=-1)
    async with EmoClient.connect(server) as client:
        await client.login("ann", PASSWORD)
        for _ in range(3):
            await client.users.get_me()
    assert "RefreshTokens" not in world.calls


async def test_two_processes_refresh_once(server: str, world: World, tmp_path: Path) -> None:
    """Who comes second finds the new tokens in the file, and does not spend the old one again."""
    path = tmp_path / "credentials.json"
    async with (
        EmoClient.connect(server, FileCredentialsStore(path, "s")) as one,
        EmoClient.connect(server, FileCredentialsStore(path, "s")) as other,
    ):
        await one.login("ann", PASSWORD)
        world.expired.add("access-1")
        await asyncio.gather(one.users.get_me(), other.users.get_me())
    assert world.calls.count("RefreshTokens") == 1


async def test_a_refused_refresh_ends_the_login(server: str, world: World, store: MemoryCredentialsStore) -> None:
    """The tokens are useless, so they are forgotten, and the error says to log in again."""
    async with EmoClient.connect(server, store) as client:
        await client.login("ann", PASSWORD)
        world.expired.add("access-1")
        world.refresh.clear()
        with pytest.raises(NotLoggedIn, match="log in again") as caught:
            await client.users.get_me()
        assert caught.value.reason == "REFRESH_TOKEN_REUSED"
    assert await store.load() is None


async def test_a_refresh_that_fails_for_now_keeps_the_login(
    server: str, world: World, store: MemoryCredentialsStore
) -> None:
    """A server that is ill does not log anybody out."""
    async with EmoClient.connect(server, store) as client:
        await client.login("ann", PASSWORD)
        world.expired.add("access-1")
        world.failures["RefreshTokens"] = [Failure(grpc.StatusCode.INTERNAL)]
        with pytest.raises(EmoClientError) as caught:
            await client.users.get_me()
        assert caught.value.code is grpc.StatusCode.INTERNAL
        await client.users.get_me()


async def test_a_cancelled_call_does_not_lose_the_refresh(
    server: str, world: World, store: MemoryCredentialsStore
) -> None:
    """The new refresh token is kept even when nobody waits for it any more."""
    async with EmoClient.connect(server, store) as client:
        await client.login("ann", PASSWORD)
        world.expired.add("access-1")
        call = asyncio.create_task(client.users.get_me())
        await until(lambda: "RefreshTokens" in world.calls, every=0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    kept = await store.load()
    assert kept is not None
    assert kept.refresh_token in world.refresh


async def test_a_passing_failure_of_a_call_that_may_be_repeated_is_hidden(client: EmoClient, world: World) -> None:
    """Calls that change nothing are sent again when the server is unavailable."""
    world.failures["GetMe"] = [Failure(), Failure()]
    await client.users.get_me()
    assert world.calls.count("GetMe") == 3


async def test_violations_of_fields_are_given(client: EmoClient, world: World) -> None:
    """Each wrong field is named with its sentence."""
    world.failures["CreateAsset"] = [
        Failure(
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_ARGUMENT",
            violations={"asset.title": "must not be blank"},
            metadata={"limit": "200"},
            retry_after=1.5,
        )
    ]
    with pytest.raises(EmoClientError) as caught:
        await client.assets.create(await client.assets.get(world.store(b"")))
    (violation,) = caught.value.violations
    assert (violation.field, violation.description) == ("asset.title", "must not be blank")
    assert caught.value.metadata == {"limit": "200"}
    assert caught.value.retry_after == timedelta(seconds=1.5)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    """Also errors without details are typed."""
    async with EmoClient.connect("127.0.0.1:1") as client:
        with pytest.raises(EmoClientError) as caught:
            await client.login("ann", PASSWORD)
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE
    assert caught.value.reason == ""
