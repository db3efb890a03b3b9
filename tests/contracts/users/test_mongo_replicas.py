"""Two replicas on one MongoDB, which meet each other at the worst moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest

from contracts.shared.test_mongo import failing
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.errors import WRITE_CONFLICT
from emo_grpc.shared.domain.errors import ConcurrentChange
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.conflict_retries import ConflictRetries
from emo_grpc.users.domain.errors import UsernameTaken, UserNotFound
from emo_grpc.users.domain.throttling import ACCOUNT_LIMIT, ThrottleKey
from emo_grpc.users.domain.user import User, UserState
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits
from mongod import empty_database

from .stores import COLLECTIONS, NOW, Store, on_mongo, session, user

Replicas = tuple[Store, Store]


@pytest.fixture
async def replicas(mongod_url: str) -> AsyncIterator[Replicas]:
    """Two processes' stores on the same database."""
    async with empty_database(mongod_url, "emo_users", COLLECTIONS) as one:
        other = MongoDatabase(mongod_url, "emo_users")
        await other.open()
        yield on_mongo(one), on_mongo(other)
        await other.close()


async def outcomes(*attempts: Awaitable[None]) -> list[str]:
    """How each of several attempts at the same moment went, in alphabetical order."""
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    return sorted("done" if error is None else type(error).__name__ for error in ended)


async def both(
    units: UsersUnits, barrier: asyncio.Barrier, change: Callable[[UsersUnitOfWork], Awaitable[None]]
) -> None:
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
    async with replicas[0].units() as unit:
        found = await unit.users.get(ana.user_id)
    assert (found.public_name in {"one", "other"}, found.version) == (True, 2)


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
    keys = [ThrottleKey.account("ana"), ThrottleKey.network("192.0.2.1")]
    ended = await outcomes(*(store.throttle.attempt(keys, NOW) for store in replicas * 10))
    assert ended == ["LoginThrottled"] * (20 - ACCOUNT_LIMIT) + ["done"] * ACCOUNT_LIMIT


async def test_a_success_meets_nobody(replicas: Replicas, mongod_url: str) -> None:
    """While every transaction meets another one, a success is counted all the same."""
    keys = [ThrottleKey.account("ana"), ThrottleKey.network("192.0.2.1")]
    for _ in range(ACCOUNT_LIMIT):
        await replicas[0].throttle.attempt(keys, NOW)
    with failing(mongod_url, "commitTransaction", 9_999, errorCode=WRITE_CONFLICT):
        await replicas[1].throttle.succeeded(keys)
    # The account is open again, as often as ever.
    assert await outcomes(*(replicas[0].throttle.attempt(keys, NOW) for _ in range(ACCOUNT_LIMIT))) == (
        ["done"] * ACCOUNT_LIMIT
    )


async def test_contention(replicas: Replicas) -> None:
    """Twenty changes of one account at once on two replicas all get through by trying again."""
    ana = user()
    await replicas[0].add(ana)

    async def change(store: Store) -> None:
        async with store.units() as unit:
            found = await unit.users.get(ana.user_id)
            await unit.users.save(found)
            await unit.commit()

    retries = ConflictRetries(), ConflictRetries()
    changes = ((retries[at % 2], replicas[at % 2]) for at in range(20))
    ended = await outcomes(*(each.run(partial(change, store)) for each, store in changes))
    assert ended == ["done"] * 20
    async with replicas[0].units() as unit:
        assert (await unit.users.get(ana.user_id)).version == 21
