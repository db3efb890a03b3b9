"""What every inventory of accounts does."""

from .stores import Store, session, user


async def test_walks_through_all_accounts(store: Store) -> None:
    """Accounts come as they were stored, in order of their ids, a page at a time, and none before the first."""
    users = sorted((user(name) for name in ("ana", "ben", "cai", "dot", "eva")), key=lambda each: each.user_id)
    await store.add(*reversed(users))
    first = await store.inventory.users(None, 3)
    rest = await store.inventory.users(first[-1].user_id, 3)
    assert [first, rest] == [users[:3], users[3:]]
    assert await store.inventory.users(rest[-1].user_id, 3) == await store.inventory.users(None, 0) == []


async def test_walks_through_all_sessions(store: Store) -> None:
    """The same holds for sessions, whosever they are."""
    ana, ben = user("ana"), user("ben")
    sessions = sorted((session(owner) for owner in (ana, ben, ana, ben)), key=lambda each: each.session_id)
    await store.add(ana, ben, *sessions)
    first = await store.inventory.sessions(None, 3)
    rest = await store.inventory.sessions(first[-1].session_id, 3)
    assert [first, rest] == [sessions[:3], sessions[3:]]
    assert await store.inventory.sessions(rest[-1].session_id, 3) == []


async def test_takes_in_what_had_changed_elsewhere(store: Store) -> None:
    """An account and a session of which another store had version 6 become version 7 here, and change on from there."""
    ana = user("ana")
    login = session(ana)
    ana.version = login.version = 6
    await store.add(ana, login)
    assert [found.version for found in await store.inventory.users(None, 3)] == [7]
    assert [found.version for found in await store.inventory.sessions(None, 3)] == [7]
    async with store.units() as unit:
        await unit.users.save(ana)
        await unit.sessions.save(login)
        await unit.commit()
    assert await store.inventory.users(None, 3) == [ana]
