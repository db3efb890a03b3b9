"""Checks of MongoDB."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from emo_grpc.preflight.clocks import compared
from emo_grpc.preflight.finding import Finding, fail, ok
from emo_grpc.preflight.room import judged
from emo_grpc.settings import InvalidSettings, Settings
from emo_grpc.shared.adapters.mongo.connection_check import explained
from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.service_layer.clock import Clock

PROBE: Final = "check_"
"""How the names of collections begin that are made and dropped here."""


async def look_at_mongo(settings: Settings) -> list[Finding]:
    """Whether it has transactions, the user may do what a server does, and there is room."""
    name = settings.mongodb_database
    async with _opened(settings) as database:
        found = [ok(_topology(await database.admin().command("hello")))]
        try:
            await _try_rights(database)
        except InvalidSettings as error:
            return [*found, fail(str(error))]
        found.append(ok(f"database {name}: collections, indexes and transactions"))
        return found + await _room(database)


async def look_at_clock(settings: Settings, clock: Clock) -> list[Finding]:
    """Whether its primary has about the time that this machine has."""
    async with _opened(settings) as database:
        before = clock()
        told: datetime = (await database.admin().command("hello"))["localTime"]
        return [compared(told.replace(tzinfo=told.tzinfo or UTC), before, clock(), "MongoDB")]


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[MongoDatabase]:
    database = MongoDatabase(settings.mongodb_url.get_secret_value(), settings.mongodb_database)
    try:
        await database.open()
        with translated(), explained(settings.mongodb_database):
            yield database
    finally:
        await database.close()


def _topology(hello: Document) -> str:
    if "setName" not in hello:
        return "a sharded cluster"
    members = len(hello.get("hosts", ()))
    return f"replica set {hello['setName']} of {members} member{'' if members == 1 else 's'}"


async def _try_rights(database: MongoDatabase) -> None:
    """Do what a server does, in a collection that is gone at the end."""
    probe = f"{PROBE}{secrets.token_hex(8)}"
    try:
        await database.declare(probe, [IndexModel("number")])
        async with database.transaction() as transaction:
            collection, session = transaction.collection(probe), transaction.session
            await collection.insert_one({"_id": probe, "number": 1}, session=session)
            await collection.update_one({"_id": probe}, {"$set": {"number": 2}}, session=session)
            await collection.find_one({"number": 2}, session=session)
            await collection.delete_one({"_id": probe}, session=session)
            await transaction.commit()
    finally:
        with suppress(OperationFailure):
            await database.collection(probe).drop()


async def _room(database: MongoDatabase) -> list[Finding]:
    """Of the volume of its primary; nothing where it does not tell."""
    try:
        stats = await database.collection(PROBE).database.command("dbStats")
    except OperationFailure:  # the user may not ask, and need not
        return []
    if "fsTotalSize" not in stats:
        return []
    return [judged(int(stats["fsTotalSize"] - stats["fsUsedSize"]), "MongoDB's volume")]
