"""What every repository of sessions does."""

import asyncio
from datetime import timedelta

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.users.domain.errors import SessionNotFound
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import REFRESH_LIFETIME

from .stores import NOW, Store, delegation, session, user


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


async def test_one_for_each_service_and_user(store: Store) -> None:
    """It is found by the two; a login is none, and there is no second one."""
    ana, ben, printer = user("ana"), user("ben"), ActorId.new()
    login, made = session(ana), delegation(ana, printer)
    await store.add(ana, ben, login, made)
    async with store.units() as unit:
        assert await unit.sessions.of_actor(ana.user_id, printer) == made
        assert await unit.sessions.of_actor(ben.user_id, printer) is None
        assert await unit.sessions.of_actor(ana.user_id, ActorId.new()) is None
    with pytest.raises(ConcurrentChange):
        await store.add(delegation(ana, printer))
    await store.add(delegation(ben, printer), delegation(ana, ActorId.new()))


async def test_of_two_that_begin_at_once_one_stays(store: Store) -> None:
    """Neither unit sees the other's, and the later one is told so."""
    ana, printer = user("ana"), ActorId.new()
    await store.add(ana)

    async def begin() -> bool:
        try:
            async with store.units() as unit:
                if await unit.sessions.of_actor(ana.user_id, printer) is None:
                    await unit.sessions.add(delegation(ana, printer))
                await unit.commit()
        except ConcurrentChange:
            return False
        return True

    assert any(await asyncio.gather(*(begin() for _ in range(4))))
    assert len(await store.inventory.sessions(None, 9)) == 1


async def test_ends_all_of_a_service(store: Store) -> None:
    """What it does for all users ends, a batch at a time, and nothing of others."""
    people, printer, other = [user(f"user{number}") for number in range(3)], ActorId.new(), ActorId.new()
    kept = [session(people[0]), delegation(people[0], other)]
    await store.add(*people, *kept, *(delegation(person, printer) for person in people))
    async with store.units() as unit:
        for expected in (2, 1, 0):
            found = await unit.sessions.all_of_actor(printer, 2)
            assert len(found) == expected
            for each in found:
                await unit.sessions.remove(each.session_id)
        await unit.commit()
    left = {found.session_id for found in await store.inventory.sessions(None, 9)}
    assert left == {each.session_id for each in kept}
