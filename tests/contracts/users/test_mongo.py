"""What is peculiar to MongoDB: plans, and documents of other releases."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from emo_grpc.shared.adapters.event_codec import EventCodec
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.users.adapters.documents.session import session_from_document
from emo_grpc.users.adapters.documents.upcasters import UPCASTERS as USER_UPCASTERS
from emo_grpc.users.adapters.documents.upcasters import UserUpcasters
from emo_grpc.users.adapters.documents.user import user_from_document
from emo_grpc.users.adapters.mongo.schema import SESSIONS, USERS
from emo_grpc.users.adapters.mongo.unit_of_work import MongoUsersUnitOfWork
from emo_grpc.users.domain.errors import UserRecordCorrupt
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import REFRESH_LIFETIME, Session
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.domain.user import User
from mongo_plans import plans
from mongod import empty_database

from .stores import COLLECTIONS, NOW, SUBSCRIPTIONS, Store, cursor_of, on_mongo, session, user

PAST = Path(__file__).parents[2] / "fixtures" / "documents"


@pytest.fixture
async def database(mongod_url: str) -> AsyncIterator[MongoDatabase]:
    async with empty_database(mongod_url, "emo_users", COLLECTIONS) as made:
        yield made


async def test_no_command_scans_or_sorts(database: MongoDatabase) -> None:
    """No command walks through a whole collection or sorts, whatever is asked of repositories, readers and throttle."""
    store, people = on_mongo(database), [user(f"user{number}", minutes=number, admin=True) for number in range(30)]
    logins = [session(people[0], minutes=number) for number in range(30)]
    await store.add(*people, *logins)
    async with plans(database) as found:
        await use_views(store, people)
        await use_repositories(store, people)
        await store.throttle.attempt([ThrottleKey.account("ana")], NOW)
        await store.throttle.succeeded([ThrottleKey.account("ana")])
        await store.throttle.attempt([ThrottleKey.account("ana")], NOW)
        await store.throttle.forget(NOW + timedelta(days=1), 10)
        for row in await store.outbox.lease(SUBSCRIPTIONS, limit=10, now=NOW, leased_until=NOW):
            await store.outbox.bury(row, error="hopeless")
        await store.outbox.dead_letters(10)
    assert len(found) > 25
    for command, stages in found.items():
        assert stages, command
        assert not stages & {"COLLSCAN", "SORT"}, (command, stages)


async def use_views(store: Store, people: list[User]) -> None:
    ana, after = people[0], cursor_of(people[20].create_time, people[20].user_id)
    await store.views.user(ana.user_id)
    assert len((await store.views.users(limit=5, after=after)).items) == 5
    assert len((await store.views.users(limit=5)).items) == 5
    assert len((await store.views.sessions(ana.user_id, limit=5)).items) == 5
    assert len((await store.views.sessions(ana.user_id, limit=5, after=after)).items) == 5
    await store.views.outdated()
    await store.credentials.credentials_by_username("user1")
    await store.credentials.credentials_by_email("user1@example.org")
    await store.credentials.user_id_by_email("user1@example.org")
    await store.credentials.live_session(session(ana).session_id)


async def use_repositories(store: Store, people: list[User]) -> None:
    ana, ben = people[0], people[1]
    ana.register()
    async with store.units() as unit:
        await unit.users.get_by_username(ben.username)
        await unit.users.count_active_admins()
        await unit.users.never_activated(NOW, 10)
        await unit.users.with_ended_changes(NOW, 10)
        await unit.users.find_by_email("user1@example.org")
        await unit.users.outdated(10)
        await unit.users.save(ana)
        await unit.users.remove(ben)
        await unit.sessions.add(login := session(ana))
        await unit.sessions.save(login)
        await unit.sessions.outdated(10)
        await unit.sessions.of_actor(ana.user_id, ActorId.new())
        await unit.sessions.all_of_actor(ActorId.new(), 10)
        await unit.sessions.remove_expired(NOW + REFRESH_LIFETIME, 10)
        await unit.sessions.remove_of_user(ana.user_id, but=login.session_id)
        await unit.sessions.remove(login.session_id)
        await unit.idempotency.sweep(NOW, 10)
        await unit.commit()


def past(aggregate: str) -> Document:
    document: Document = json.loads((PAST / f"{aggregate}-v1.json").read_text())
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
        assert await unit.users.get_by_username("ana") == user_from_document(past("user"), 3)
        session_id = SessionId(UUID(stored_session["session_id"]))
        assert await unit.sessions.find(session_id) == session_from_document(past("session"), 2)


async def test_migrates(database: MongoDatabase) -> None:
    """Documents of an older version are counted and found, and are current once they were saved."""
    store, ana = on_mongo(database), user()
    await store.add(ana, session(ana))
    for collection, new, old in ((USERS, "public_name", "nick"), (SESSIONS, "device_id", "device")):
        changes = {"$rename": {f"document.{new}": f"document.{old}"}, "$set": {"document.schema_version": 0}}
        await database.collection(collection).update_one({}, changes)
    assert await store.views.outdated() == 2
    upcasters = UserUpcasters(
        users={0: lambda raw: raw | {"public_name": raw["nick"]}, 1: dict},
        sessions={**USER_UPCASTERS.sessions, 0: lambda raw: raw | {"device_id": raw["device"]}},
    )
    async with MongoUsersUnitOfWork(database, EventCodec([]), {}, lambda: NOW, upcasters) as unit:
        (old_user,), (old_session,) = await unit.users.outdated(10), await unit.sessions.outdated(10)
        assert isinstance(old_user, User)
        assert isinstance(old_session, Session)
        await unit.users.save(old_user)
        await unit.sessions.save(old_session)
        await unit.commit()
    assert await store.views.outdated() == 0
    assert (await store.views.user(ana.user_id)).public_name == "Ana"


async def test_later_documents(database: MongoDatabase) -> None:
    """A document of a later release counts as one to migrate, is not guessed at, and who needs it is told so."""
    store, ana = on_mongo(database), user()
    await store.add(ana)
    await database.collection(USERS).update_one({}, {"$set": {"document.schema_version": 99}})
    assert await store.views.outdated() == 1
    async with store.units() as unit:
        for ask in (unit.users.get(ana.user_id), unit.users.get_by_username(ana.username)):
            with pytest.raises(UserRecordCorrupt):
                await ask
        with pytest.raises(UnknownSchemaVersion):
            await unit.users.outdated(10)


async def test_a_document_with_another_id(database: MongoDatabase) -> None:
    """The inventory names an account by the id that it is stored under, so that a walk goes on after it."""
    store, ana = on_mongo(database), user()
    await store.add(ana)
    await database.collection(USERS).update_one({}, {"$set": {"document.user_id": str(UserId.new())}})
    assert [found.user_id for found in await store.inventory.users(None, 9)] == [ana.user_id]
