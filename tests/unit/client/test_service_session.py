"""A backend that comes in with a key, or with a token that it got elsewhere."""

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from emo.users.v1 import users_pb2 as pb
from emo_grpc.client import BytesSource, EmoClient, EmoClientError, NotLoggedIn
from unit.client.fake_server import ENDED, PASSWORD, World

KEY = "emo_sk_of_the_printer"
ANA = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"


@pytest.fixture
def keyed(world: World) -> World:
    world.service_keys.add(KEY)
    return world


def exchanged(world: World) -> list[pb.ExchangeTokenRequest]:
    return [request for request in world.requests if isinstance(request, pb.ExchangeTokenRequest)]


@pytest.mark.parametrize(
    ("for_user", "expected"),
    [
        ("", pb.ExchangeTokenRequest(subject_token=KEY, subject_token_type=pb.TOKEN_TYPE_SERVICE_KEY)),
        (ANA, pb.ExchangeTokenRequest(user_id=ANA, actor_token=KEY, actor_token_type=pb.TOKEN_TYPE_SERVICE_KEY)),
        ("ana", pb.ExchangeTokenRequest(username="ana", actor_token=KEY, actor_token_type=pb.TOKEN_TYPE_SERVICE_KEY)),
    ],
)
async def test_a_key_is_exchanged_once(
    server: str, keyed: World, for_user: str, expected: pb.ExchangeTokenRequest
) -> None:
    """However many calls begin at once, and for whom it was asked."""
    async with EmoClient.connect(server, service_key=KEY, for_user=for_user) as client:
        await asyncio.gather(*(client.users.get_me() for _ in range(20)))
        await client.upload(BytesSource(b"abc"))
    assert exchanged(keyed) == [expected]


async def test_what_has_ended_is_exchanged_again(server: str, keyed: World) -> None:
    """A token whose time is over, and one whose session a user ended; a transfer begins with a call that does it."""
    async with EmoClient.connect(server, service_key=KEY) as client:
        sent = await client.upload(BytesSource(b"abc"))
        for rpc in ("GetMe", "CreateAsset", "GetAsset"):
            keyed.failures[rpc].append(ENDED)
        await client.users.get_me()
        assert [data async for data in client.download_chunks(sent.asset_id)] == [b"abc"]
        await client.upload(BytesSource(b"abc"))
        assert len(exchanged(keyed)) == 4
        keyed.expired |= keyed.access
        assert [data async for data in client.download_chunks(sent.asset_id)] == [b"abc"]
        keyed.expired |= keyed.access
        await client.upload(BytesSource(b"abc"))
    assert len(exchanged(keyed)) == 6


async def test_a_token_is_renewed_before_it_ends(server: str, keyed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within its last minute, but never one that has just come: then it is this machine's clock that is wrong."""
    keyed.lifetime = timedelta(seconds=30)
    async with EmoClient.connect(server, service_key=KEY) as client:
        await client.users.get_me()
        await client.users.get_me()
        assert len(exchanged(keyed)) == 1
        monkeypatch.setattr(client._session, "_received", datetime.now(UTC) - timedelta(hours=1))
        await client.users.get_me()
    assert len(exchanged(keyed)) == 2


async def test_times_that_are_none(server: str, keyed: World) -> None:
    """A server whose times this machine can't hold is believed when it says that the token has ended."""
    keyed.lifetime = timedelta(days=300_000)
    async with EmoClient.connect(server, service_key=KEY) as client:
        await client.users.get_me()
        client._session._token.expire_time.CopyFrom(Timestamp(seconds=1 << 40))  # type: ignore[union-attr]  # a ServiceSession
        await client.users.get_me()


async def test_a_bad_key_is_a_typed_error(server: str) -> None:
    """Each call tells it, and shows nothing of the key."""
    async with EmoClient.connect(server, service_key=KEY) as client:
        for _ in range(2):
            with pytest.raises(EmoClientError) as caught:
                await client.users.get_me()
            assert (caught.value.code, caught.value.reason) == (
                grpc.StatusCode.UNAUTHENTICATED,
                "SERVICE_KEY_INVALID",
            )
            assert KEY not in repr(caught.value)


async def test_a_token_that_somebody_else_got(server: str, world: World) -> None:
    """It is used as it is, and when it has ended the caller is told, for nothing here can renew it."""
    async with EmoClient.connect(server) as client:
        await client.login("ann", PASSWORD)
    (token,) = world.access
    async with EmoClient.connect(server, access_token=token) as client:
        await client.users.get_me()
        world.expired.add(token)
        with pytest.raises(EmoClientError) as caught:
            await client.users.get_me()
        assert caught.value.reason == "TOKEN_EXPIRED"
        with pytest.raises(NotLoggedIn):
            await client._session.renew(token)


def test_what_makes_no_sense_is_said(server: str) -> None:
    """One thing takes the place of a login, and only a service calls for others."""
    with pytest.raises(ValueError, match="exclude each other"):
        EmoClient.connect(server, service_key=KEY, access_token="x")
    with pytest.raises(ValueError, match="give its key"):
        EmoClient.connect(server, for_user="ana")
