"""Records of accounts and sessions that were damaged in the database, over the engines that store them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.errors import SessionRecordCorrupt, UserNotFound, UserRecordCorrupt
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, WINDOW, ThrottleKey
from emo_grpc.users.domain.user import UserState
from mongod import empty_database
from stored import stored

from .stores import COLLECTIONS, NOW, Store, cursor_of, on_mongo, session, sqlite_store, user


@dataclass
class Damaging:
    """A store, and what damages the document with an id in it, or gives it another's id."""

    store: Store
    damage: Callable[[str, str], Awaitable[None]]
    set_id: Callable[[str, str, str], Awaitable[None]]
    damage_throttle: Callable[[], Awaitable[None]]


@pytest.fixture(params=["sqlite", "mongo"])
async def damaging(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Damaging]:
    if request.param == "sqlite":

        async def damage_row(table: str, item_id: str) -> None:
            with stored(tmp_path) as connection:
                connection.execute(
                    f"UPDATE {table} SET document = CAST(replace(document, '{item_id}', x'ff') AS TEXT)"
                    f" WHERE {table[:-1]}_id = ?",
                    (item_id,),
                )

        async def set_id_in_row(table: str, item_id: str, other: str) -> None:
            with stored(tmp_path) as connection:
                key = f"{table[:-1]}_id"
                connection.execute(
                    f"UPDATE {table} SET document = json_set(document, '$.{key}', ?) WHERE {key} = ?", (other, item_id)
                )

        async def damage_times() -> None:
            with stored(tmp_path) as connection:
                connection.execute("UPDATE login_failures SET window_start = '2o30'")
                connection.execute("UPDATE familiar_peers SET forget_time = CAST(x'ff' AS TEXT)")

        async with sqlite_store(tmp_path) as store:
            yield Damaging(store, damage_row, set_id_in_row, damage_times)
    else:
        async with empty_database(request.getfixturevalue("mongod_url"), "emo_users", COLLECTIONS) as database:

            async def damage_record(collection: str, item_id: str) -> None:
                changed = {"$set": {"document.create_time": "2o30"}}
                await database.collection(collection).update_one({"_id": item_id}, changed)

            async def set_id_in_record(collection: str, item_id: str, other: str) -> None:
                changed = {"$set": {f"document.{collection[:-1]}_id": other}}
                await database.collection(collection).update_one({"_id": item_id}, changed)

            async def unset_times() -> None:
                await database.collection("login_failures").update_many({}, {"$unset": {"window_start": True}})
                await database.collection("familiar_peers").update_many({}, {"$set": {"forget_time": "2o30"}})

            yield Damaging(on_mongo(database), damage_record, set_id_in_record, unset_times)


async def test_who_needs_a_damaged_account_is_told(damaging: Damaging) -> None:
    """By id, by name or by mailbox, for a login or to be changed: it is data loss, and names the account."""
    store, bad, whole = damaging.store, user("ana", admin=True), user("ben")
    await store.add(bad, whole)
    await damaging.damage("users", str(bad.user_id))
    async with store.units() as unit:
        for ask in (
            store.views.user(bad.user_id),
            store.credentials.credentials(bad.user_id),
            store.credentials.credentials_by_username("ana"),
            store.credentials.credentials_by_email(bad.email),
            unit.users.get(bad.user_id),
            unit.users.get_by_username("ana"),
        ):
            with pytest.raises(UserRecordCorrupt) as caught:
                await ask
            assert caught.value.metadata == {"user_id": str(bad.user_id)}
        left = DamagedUser(version=1, user_id=bad.user_id, is_active_admin=True)
        assert await unit.users.find(bad.user_id) == left
    assert [found for found in await store.inventory.users(None, 9) if isinstance(found, DamagedUser)] == [left]


async def test_an_id_that_was_changed_leads_no_walk_astray(damaging: Damaging) -> None:
    """Who goes through all of them meets each under the id that it is stored under, and leaves none out."""
    store = damaging.store
    users = sorted((user(name) for name in ("ana", "ben", "cai")), key=lambda each: each.user_id)
    logins = sorted(map(session, users), key=lambda each: each.session_id)
    await store.add(*users, *logins)
    user_ids, session_ids = [each.user_id for each in users], [each.session_id for each in logins]
    for table, ids in (("users", [*map(str, user_ids)]), ("sessions", [*map(str, session_ids)])):
        await damaging.set_id(table, ids[0], ids[2])
        await damaging.set_id(table, ids[2], ids[0])
    met = [found.user_id for after in (None, *user_ids) for found in await store.inventory.users(after, 1)]
    begun = [found.session_id for after in (None, *session_ids) for found in await store.inventory.sessions(after, 1)]
    assert (met, begun) == (user_ids, session_ids)


async def test_a_damaged_account_can_be_removed(damaging: Damaging) -> None:
    """With its sessions, and what follows from that is told as always."""
    store, bad = damaging.store, user("ana")
    login = session(bad)
    await store.add(bad, login)
    await damaging.damage("users", str(bad.user_id))
    async with store.units() as unit:
        left = await unit.users.find(bad.user_id)
        assert left is not None
        left.remove()
        await unit.users.remove(left)
        await unit.commit()
    with pytest.raises(UserNotFound):
        await store.views.user(bad.user_id)
    assert await store.credentials.live_session(login.session_id) is None
    assert ("tell_others", UserRemoved(bad.user_id)) in await store.events()


async def test_who_needs_a_damaged_session_is_told(damaging: Damaging) -> None:
    """It is data loss, and names the session; whose it is can still be told, so that it can be ended."""
    store, ana = damaging.store, user()
    bad = session(ana)
    await store.add(ana, bad)
    await damaging.damage("sessions", str(bad.session_id))
    left = DamagedSession(version=1, session_id=bad.session_id, user_id=ana.user_id)
    async with store.units() as unit:
        with pytest.raises(SessionRecordCorrupt) as caught:
            await unit.sessions.get(bad.session_id)
        assert caught.value.metadata == {"session_id": str(bad.session_id)}
        assert await unit.sessions.find(bad.session_id) == left
    assert await store.inventory.sessions(None, 9) == [left]


async def test_a_damaged_account_is_named_in_lists(damaging: Damaging) -> None:
    """The others are shown, found and may log in; pages go on after it as well as before it."""
    store = damaging.store
    accounts = [user(name, minutes=minute) for minute, name in enumerate(("ana", "ben", "cai"))]
    await store.add(*accounts)
    bad = accounts[1]
    await damaging.damage("users", str(bad.user_id))
    page = await store.views.users(limit=10)
    assert [view.user_id for view in page.items] == [accounts[2].user_id, accounts[0].user_id]
    assert page.unreadable == [bad.user_id.value]
    rest = await store.views.users(limit=10, after=cursor_of(bad.create_time, bad.user_id))
    assert ([view.user_id for view in rest.items], rest.unreadable) == ([accounts[0].user_id], [])
    assert (found := await store.credentials.credentials_by_username("ana")) is not None
    assert found.user_id == accounts[0].user_id


async def test_pages_go_on_after_a_damaged_account(damaging: Damaging) -> None:
    """One at a time, each is on one page, as an account or as an id."""
    store = damaging.store
    accounts = [user(name, minutes=minute) for minute, name in enumerate(("ana", "ben", "cai"))]
    await store.add(*accounts)
    await damaging.damage("users", str(accounts[1].user_id))
    cursor = None
    pages = list[tuple[list[UserId], Sequence[UUID]]]()
    while len(pages) < 3:
        page = await store.views.users(limit=1, after=cursor)
        pages.append(([view.user_id for view in page.items], page.unreadable))
        cursor = page.cursor
    assert cursor is None
    assert pages == [([accounts[2].user_id], []), ([], [accounts[1].user_id.value]), ([accounts[0].user_id], [])]


async def test_a_damaged_session_is_named_in_lists(damaging: Damaging) -> None:
    """Its user sees the others."""
    store, ana = damaging.store, user()
    logins = [session(ana, minutes=minute) for minute in range(2)]
    await store.add(ana, *logins)
    await damaging.damage("sessions", str(logins[0].session_id))
    page = await store.views.sessions(ana.user_id, limit=10)
    assert [view.session_id for view in page.items] == [logins[1].session_id]
    assert page.unreadable == [logins[0].session_id.value]


async def test_a_damaged_account_keeps_no_other_from_being_dropped(damaging: Damaging) -> None:
    """Of the accounts that were never activated the readable ones are found."""
    store = damaging.store
    bad, old = (user(name, state=UserState.PENDING) for name in ("ana", "ben"))
    await store.add(bad, old)
    await damaging.damage("users", str(bad.user_id))
    async with store.units() as unit:
        assert [found.user_id for found in await unit.users.never_activated(NOW, 9)] == [old.user_id]


async def test_a_damaged_count_locks_nobody_out(damaging: Damaging) -> None:
    """Counting begins anew, and who was remembered is not any more."""
    throttle, key = damaging.store.throttle, ThrottleKey.account("ana")
    await throttle.remember(key, NOW + WINDOW)
    for _ in range(ACCOUNT_LIMIT):
        await throttle.attempt([key], NOW)
    await damaging.damage_throttle()
    await throttle.attempt([key], NOW)
    await throttle.succeeded([key])
    assert (await throttle.familiar_until(key) or NOW) <= NOW
