"""Two servers whose clocks are five seconds apart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from rpc.vault import chunks, failure, finish, start
from survival.figures import Figures, Row
from survival.load import FILE, FILE_NAME, PASSWORD
from survival.mailbox import Mailbox, open_mailbox
from survival.raw import RawClient, raw_client
from survival.replicas import SharedEngines, running_replica
from survival.scale import SCALE

APART_SECONDS = 5
MIB = 1 << 20
PART = 8 * MIB
PEOPLE = 6 if SCALE.is_long else 2
GUESSES = 10
"""Failed logins of an account after which it has to wait."""


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """It takes its time, but less than a lease."""
    async with open_mailbox() as found:
        found.seconds = 8.0 if SCALE.is_long else 0.5
        yield found


@pytest.fixture
async def pair(engines: SharedEngines, mailbox: Mailbox, tmp_path: Path) -> AsyncIterator[tuple[RawClient, RawClient]]:
    """A client of each: the one that is right, and the one that is ahead."""
    with (
        running_replica(tmp_path / "right", engines, mailbox.environment) as right,
        running_replica(tmp_path / "ahead", engines, mailbox.environment, clock_ahead=APART_SECONDS) as ahead,
    ):
        async with raw_client(right.address) as first, raw_client(ahead.address) as second:
            yield first, second


async def test_all_goes_on_at_the_other(pair: tuple[RawClient, RawClient], mailbox: Mailbox, figures: Figures) -> None:
    """Logins, tokens, refreshes, throttles and uploads of one hold at the other, and each mail goes out once."""
    names = [f"user{number}" for number in range(PEOPLE)]
    await asyncio.gather(*(registered(pair[number % 2], mailbox, name) for number, name in enumerate(names)))
    for name, (here, there) in zip(names[:2], (pair, pair[::-1]), strict=True):
        await there.user(
            "ActivateUser", users_pb2.ActivateUserRequest(activation_token=mailbox.tokens(address(name))[0])
        )
        await sessions_hold(name, here, there)
        await uploads_are_taken_over(here, there)
    await guesses_are_counted(names[0], *pair)
    await asyncio.sleep(APART_SECONDS + 2 if SCALE.is_long else 0)  # whatever one of them thinks is due, comes
    assert mailbox.counts == {address(name): 1 for name in names}
    figures.add(
        Row(
            place=40,
            done=f"the clocks of two servers {APART_SECONDS} s apart, work of each going on at the other",
            often=f"both ways, with {PEOPLE} mails that take {mailbox.seconds:g} s each",
            seen="nothing",
            back="never away",
            lost="0; each mail once",
        )
    )


def address(name: str) -> str:
    return f"{name}@example.org"


async def registered(raw: RawClient, mailbox: Mailbox, name: str) -> None:
    """An account, and its mail is there."""
    request = users_pb2.RegisterUserRequest(username=name, email=address(name), password=PASSWORD)
    await raw.user("RegisterUser", request)
    await mailbox.wait_for(address(name), 1, mailbox.seconds + 20)


async def sessions_hold(name: str, here: RawClient, there: RawClient) -> None:
    """A login of one is good at the other at once, as is a refresh, and an end."""
    tokens = await here.log_in(name, PASSWORD)
    for _ in range(2):
        assert (await there.user("GetMe", users_pb2.GetMeRequest(), token=tokens.access_token)).user.username == name
        request = users_pb2.RefreshTokensRequest(refresh_token=tokens.refresh_token)
        tokens = (await there.user("RefreshTokens", request)).tokens
        here, there = there, here
    await there.user("Logout", users_pb2.LogoutRequest(refresh_token=tokens.refresh_token))
    ended = await failure(here.user("GetMe", users_pb2.GetMeRequest(), token=tokens.access_token))
    assert ended.brief == "UNAUTHENTICATED SESSION_REVOKED"
    here.token = there.token = (await here.log_in(name, PASSWORD)).access_token


async def uploads_are_taken_over(here: RawClient, there: RawClient) -> None:
    """What one has stored of a file the other completes, and both give it back."""
    create = pb.CreateAssetRequest(asset=pb.Asset(title="film", file=FILE_NAME), request_id=str(uuid4()))
    asset_id = (await here.asset("CreateAsset", create)).asset_id
    assert (await there.asset("CreateAsset", create)).asset_id == asset_id
    paused = [start(asset_id), *chunks(FILE[: PART + MIB])]
    assert (await here.upload(paused)).persisted_size == PART
    rest = [start(asset_id, PART), *chunks(FILE[PART:]), finish()]
    assert (await there.upload(rest)).complete
    assert await here.download(asset_id) == await there.download(asset_id) == FILE


async def guesses_are_counted(name: str, here: RawClient, there: RawClient) -> None:
    """Together: who is throttled by one is throttled by the other too."""
    guess = users_pb2.LoginRequest(username=name, password="wrong")
    for number in range(GUESSES):
        wrong = await failure((here, there)[number % 2].user("Login", guess))
        assert wrong.code == "UNAUTHENTICATED"
    for raw in (here, there):
        assert (await failure(raw.user("Login", guess))).code == "RESOURCE_EXHAUSTED"
