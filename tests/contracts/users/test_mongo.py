"""What is peculiar to MongoDB: plans, past documents, and other replicas."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo import Document, MongoDatabase
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.contention import undisturbed
from emo_grpc.users.adapters.documents import UserUpcasters, session_of, user_of
from emo_grpc.users.adapters.mongo import MongoUsersUnitOfWork
from emo_grpc.users.adapters.mongo_collections import SESSIONS, USERS
from emo_grpc.users.domain.errors import UsernameTaken, UserNotFound
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import REFRESH_LIFETIME
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, ThrottleKey
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.unit_of_work import Units, UsersUnitOfWork
from mongo_plans import plans
from mongod import empty_database

from .stores import COLLECTIONS, NOW, Store, on_mongo, session, user

Replicas = tuple[Store, Store]
PAST = Path(__file__).parents[2] / "unit" / "users" / "documents"


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_users", COLLECTIONS) as made:
        yield made


@pytest.fixture
async def replicas(mongod_url: str, database: MongoDatabase) -> AsyncIterator[Replicas]:
    """Two processes' stores on the same database."""
    other = MongoDatabase(mongod_url, "emo_users")
    await other.open()
    yield on_mongo(database), on_mongo(other)
    await other.close()


async def test_no_command_scans_or_sorts(database: MongoDatabase) -> None:
    """No command walks through a whole collection or sorts, whatever is asked of repositories, readers and throttle."""
    store, people = on_mongo(database), [user(f"user{number}", minutes=number, admin=True) for number in range(30)]
    logins = [session(people[0], minutes=number) for number in range(30)]
    await store.add(*people, *logins)
    async with plans(database) as found:
        await use_reader(store, people)
        await use_repositories(store, people)
        await store.throttle.attempt([ThrottleKey.account("ana")], NOW)
        await store.throttle.succeeded([ThrottleKey.account("ana")])
        await store.throttle.attempt([ThrottleKey.account("ana")], NOW)
        await store.throttle.forget(NOW + timedelta(days=1), 10)
        for row in await store.outbox.lease(limit=10, now=NOW, leased_until=NOW):
            await store.outbox.bury(row.row_id, error="hopeless")
        await store.outbox.dead_letters(10)
    assert len(found) > 25
    for command, stages in found.items():
        assert stages, command
        assert not stages & {"COLLSCAN", "SORT"}, (command, stages)


async def use_reader(store: Store, people: list[User]) -> None:
    ana, after = people[0], (people[20].create_time, people[20].user_id.value)
    await store.reader.user(ana.user_id)
    assert len(await store.reader.users(limit=5, after=after)) == 5
    assert len(await store.reader.users(limit=5, after=None)) == 5
    assert len(await store.reader.sessions(ana.user_id, now=NOW, limit=5, after=None)) == 5
    assert len(await store.reader.sessions(ana.user_id, now=NOW, limit=5, after=after)) == 5
    await store.reader.outdated()
    await store.credentials.credentials_by_username("user1")
    await store.credentials.credentials_by_email("user1@example.org")
    await store.credentials.live_session(session(ana).session_id)


async def use_repositories(store: Store, people: list[User]) -> None:
    ana, ben = people[0], people[1]
    ana.register()
    async with store.units() as unit:
        await unit.users.get_by_username(ben.username)
        await unit.users.count_active_admins()
        await unit.users.never_activated(NOW, 10)
        await unit.users.outdated(10)
        await unit.users.save(ana)
        await unit.users.remove(ben)
        await unit.sessions.add(login := session(ana))
        await unit.sessions.save(login)
        await unit.sessions.outdated(10)
        await unit.sessions.remove_expired(NOW + REFRESH_LIFETIME, 10)
        await unit.sessions.remove_of_user(ana.user_id, but=login.session_id)
        await unit.sessions.remove(login.session_id)
        await unit.idempotency.sweep(NOW, 10)
        await unit.commit()


def past(aggregate: str) -> Document:
    document: Document = json.loads((PAST / f"{aggregate}_v1.json").read_text())
    return document


async def test_reads_past_documents(database: MongoDatabase) -> None:
    """Documents of every past version are read from MongoDB as from anywhere else."""
    stored_user, stored_session = past("user"), past("session")
    await database.collection(USERS).insert_one(
        {"_id": stored_user["user_id"], "username": "ana", "version": 3, "document": stored_user}
    )
    await database.collection(SESSIONS).insert_one(
        {"_id": stored_session["session_id"], "version": 2, "document": stored_session}
    )
    store = on_mongo(database)
    async with store.units() as unit:
        assert await unit.users.get_by_username("ana") == user_of(past("user"), 3)
        session_id = SessionId(UUID(stored_session["session_id"]))
        assert await unit.sessions.find(session_id) == session_of(past("session"), 2)


async def test_migrates(database: MongoDatabase) -> None:
    """Documents of an older version are counted and found, and are current once they were saved."""
    store, ana = on_mongo(database), user()
    await store.add(ana, session(ana))
    for collection, new, old in ((USERS, "public_name", "nick"), (SESSIONS, "device_id", "device")):
        changes = {"$rename": {f"document.{new}": f"document.{old}"}, "$set": {"document.schema_version": 0}}
        await database.collection(collection).update_one({}, changes)
    assert await store.reader.outdated() == 2
    upcasters = UserUpcasters(
        users={0: lambda raw: raw | {"public_name": raw["nick"]}},
        sessions={0: lambda raw: raw | {"device_id": raw["device"]}},
    )
    async with MongoUsersUnitOfWork(database, EventCodec([]), {}, lambda: NOW, upcasters) as unit:
        (old_user,), (old_session,) = await unit.users.outdated(10), await unit.sessions.outdated(10)
        await unit.users.save(old_user)
        await unit.sessions.save(old_session)
        await unit.commit()
    assert await store.reader.outdated() == 0
    view = await store.reader.user(ana.user_id)
    assert view is not None
    assert view.public_name == "Ana"


async def test_later_documents(database: MongoDatabase) -> None:
    """A document of a later release counts as one to migrate, and is not guessed at."""
    store, ana = on_mongo(database), user()
    await store.add(ana)
    await database.collection(USERS).update_one({}, {"$set": {"document.schema_version": 99}})
    assert await store.reader.outdated() == 1
    async with store.units() as unit:
        with pytest.raises(UnknownSchemaVersion):
            await unit.users.outdated(10)


async def outcomes(*attempts: Awaitable[None]) -> list[str]:
    """How each of several attempts at the same moment went, in alphabetical order."""
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    return sorted("done" if error is None else type(error).__name__ for error in ended)


async def both(units: Units, barrier: asyncio.Barrier, change: Callable[[UsersUnitOfWork], Awaitable[None]]) -> None:
    """Change something in a unit that has begun when the other has, too."""
    async with units() as unit:
        with suppress(UserNotFound):
            await unit.users.get(UserId.new())  # takes the snapshot
        await barrier.wait()
        await change(unit)
        await unit.commit()


async def race(replicas: Replicas, *changes: Callable[[UsersUnitOfWork], Awaitable[None]]) -> list[str]:
    barrier = asyncio.Barrier(2)
    return await outcomes(
        *(both(store.units, barrier, change) for store, change in zip(replicas, changes, strict=True))
    )


async def test_one_of_two_replicas_wins(replicas: Replicas) -> None:
    """Of two replicas that change the same account at once one wins; the other is told, and nothing of it stays."""
    ana = user()
    await replicas[0].add(ana)

    def rename(name: str) -> Callable[[UsersUnitOfWork], Awaitable[None]]:
        async def change(unit: UsersUnitOfWork) -> None:
            found = await unit.users.get(ana.user_id)
            found.public_name = name
            await unit.users.save(found)

        return change

    assert await race(replicas, rename("one"), rename("other")) == ["ConcurrentChange", "done"]
    view = await replicas[0].reader.user(ana.user_id)
    assert view is not None
    assert (view.public_name in {"one", "other"}, view.etag) == (True, "2")


async def test_one_name_on_two_replicas(replicas: Replicas) -> None:
    """Of two replicas that give away the same name at once one wins; the other learns of it when it tries again."""

    def register(email: str) -> Callable[[UsersUnitOfWork], Awaitable[None]]:
        async def change(unit: UsersUnitOfWork) -> None:
            made = user("ana")
            made.email = email
            await unit.users.add(made)

        return change

    assert await race(replicas, register("a@example.org"), register("b@example.org")) == ["ConcurrentChange", "done"]
    with pytest.raises(UsernameTaken):
        await replicas[1].add(user("ana"))


async def test_last_admin_on_two_replicas(replicas: Replicas) -> None:
    """Two administrators who are disabled at once, each for there is the other, are not both gone."""
    admins = [user("root", admin=True), user("boss", admin=True)]
    await replicas[0].add(*admins)

    def disable(admin: User) -> Callable[[UsersUnitOfWork], Awaitable[None]]:
        async def change(unit: UsersUnitOfWork) -> None:
            found = await unit.users.get(admin.user_id)
            assert await unit.users.count_active_admins() == 2
            found.change_state(UserState.DISABLED, NOW)
            await unit.users.save(found)

        return change

    assert await race(replicas, disable(admins[0]), disable(admins[1])) == ["ConcurrentChange", "done"]


async def test_no_login_beside_a_disabling(replicas: Replicas) -> None:
    """A login at the moment when its account is disabled, or removed, does not leave a session that goes on."""
    ana = user()
    await replicas[0].add(ana)

    async def log_in(unit: UsersUnitOfWork) -> None:
        (await unit.users.get(ana.user_id)).check_can_log_in()
        await unit.sessions.add(session(ana))

    async def disable(unit: UsersUnitOfWork) -> None:
        found = await unit.users.get(ana.user_id)
        found.change_state(UserState.DISABLED, NOW)
        await unit.users.save(found)
        await unit.sessions.remove_of_user(ana.user_id)

    assert await race(replicas, log_in, disable) == ["ConcurrentChange", "done"]


async def test_no_login_to_a_removed_account(replicas: Replicas) -> None:
    """A session of an account that is gone is refused, as by a change at the same moment."""
    async with replicas[0].units() as unit:
        with pytest.raises(ConcurrentChange):
            await unit.sessions.add(session(user()))


async def test_throttle_counts_on_all_replicas(replicas: Replicas) -> None:
    """Guesses on several replicas at once are counted together, and each is either counted or refused."""
    keys = [ThrottleKey.account("ana"), ThrottleKey.peer("192.0.2.1")]
    ended = await outcomes(*(store.throttle.attempt(keys, NOW) for store in replicas * 10))
    assert ended == ["LoginThrottled"] * (20 - ACCOUNT_LIMIT) + ["done"] * ACCOUNT_LIMIT


async def test_contention(replicas: Replicas) -> None:
    """Twenty changes of one account at once on two replicas all get through by trying again."""
    ana = user()
    await replicas[0].add(ana)

    async def change(store: Store) -> None:
        async with store.units() as unit:
            found = await unit.users.get(ana.user_id)
            await unit.users.save(found)
            await unit.commit()

    ended = await outcomes(*(undisturbed(partial(change, store)) for store in replicas * 10))
    assert ended == ["done"] * 20
    view = await replicas[0].reader.user(ana.user_id)
    assert view is not None
    assert view.etag == "21"
