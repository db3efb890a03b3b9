"""What every repository of sessions does."""

from datetime import timedelta

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.users.domain.errors import SessionNotFound
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import REFRESH_LIFETIME

from .stores import NOW, Store, session, user


async def test_gives_back_what_was_added(store: Store) -> None:
    """A session comes back whole, as version 1; another is not there."""
    ana = user()
    login = session(ana)
    await store.add(ana, login)
    async with store.units() as unit:
        assert await unit.sessions.get(login.session_id) == await unit.sessions.find(login.session_id) == login
        assert login.version == 1
        assert await unit.sessions.find(SessionId.new()) is None
        with pytest.raises(SessionNotFound):
            await unit.sessions.get(SessionId.new())


async def test_saves_as_the_next_version(store: Store) -> None:
    """Of two changes of one version the first is stored, the second is refused."""
    ana = user()
    login = session(ana)
    await store.add(ana, login)
    async with store.units() as unit:
        first, second = await unit.sessions.get(login.session_id), await unit.sessions.get(login.session_id)
    first.last_used_time += timedelta(hours=1)
    async with store.units() as unit:
        await unit.sessions.save(first)
        await unit.commit()
    async with store.units() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.sessions.save(second)
        assert await unit.sessions.find(login.session_id) == first


async def test_refuses_to_save_what_has_ended(store: Store) -> None:
    """A session that was ended is not brought back by a late change; ending it twice is no error."""
    ana = user()
    login = session(ana)
    await store.add(ana, login)
    async with store.units() as unit:
        await unit.sessions.remove(login.session_id)
        await unit.sessions.remove(login.session_id)
        with pytest.raises(ConcurrentChange):
            await unit.sessions.save(login)


async def test_ends_all_of_a_user(store: Store) -> None:
    """All sessions of a user end, but the one that is named, and none of others."""
    ana, ben = user("ana"), user("ben")
    of_ana, of_ben = [session(ana) for _ in range(3)], session(ben)
    await store.add(ana, ben, *of_ana, of_ben)
    async with store.units() as unit:
        assert await unit.sessions.remove_of_user(ana.user_id, but=of_ana[1].session_id) == 2
        assert await unit.sessions.find(of_ana[1].session_id) is not None
        assert await unit.sessions.remove_of_user(ana.user_id) == 1
        assert await unit.sessions.find(of_ben.session_id) is not None


async def test_drops_expired_ones(store: Store) -> None:
    """Sessions whose time has come are dropped, to the microsecond, and no more of them than asked for."""
    ana = user()
    early, late = [session(ana) for _ in range(3)], session(ana)
    late.expire_time += timedelta(microseconds=1)
    await store.add(ana, *early, late)
    async with store.units() as unit:
        assert await unit.sessions.remove_expired(NOW + REFRESH_LIFETIME, 2) == 2
        assert await unit.sessions.remove_expired(NOW + REFRESH_LIFETIME, 2) == 1
        assert await unit.sessions.find(late.session_id) is not None
