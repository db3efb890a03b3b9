"""Queries, on memory; that every store answers alike is kept by the contract suite."""

from datetime import timedelta

import pytest

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.errors import UserNotFound
from emo_grpc.users.service_layer.ports import AccessClaims

from .world import World


async def test_pages_through_users(world: World) -> None:
    """Pages together are all accounts, latest first, each once."""
    made = []
    for name in ("ana", "ben", "cai", "dan", "eva"):
        made.append(await world.register(name))
        world.clock.pass_by(timedelta(seconds=1))
    found, cursor = list[UserId](), None
    for size in (2, 2, 2):
        page = await world.views.users(limit=size, after=cursor)
        found += [user.user_id for user in page.items]
        cursor = page.cursor
    assert (found, cursor) == (made[::-1], None)


async def test_lists_live_sessions(world: World) -> None:
    """One's sessions that live are listed, latest login first."""
    user_id = await world.register()
    await world.register("ben")
    await world.log_in()
    world.clock.pass_by(timedelta(days=20))
    await world.log_in("ben")
    middle = await world.log_in()
    world.clock.pass_by(timedelta(days=11))
    latest = await world.log_in()
    page = await world.views.sessions(user_id, limit=10)
    expected = [(await world.authenticator.authenticate(latest.access_token)).session_id]
    claims = world.tokens.verify(middle.access_token, middle.access_expire_time - timedelta(seconds=1))
    assert isinstance(claims, AccessClaims)
    expected.append(claims.session_id.value)
    assert [session.session_id.value for session in page.items] == expected


async def test_unknown_user(world: World) -> None:
    """Who does not exist is not found."""
    with pytest.raises(UserNotFound):
        await world.views.user(UserId.new())
