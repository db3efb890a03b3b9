"""Ends transactions whose server has died."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from emo_grpc.shared.adapters.mongo.database import APP_NAME, MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait

ABANDONED_AFTER: Final = timedelta(seconds=10)
"""Without an operation of it. A live server has an answer, or an error, of each within five seconds."""

LOOK_EVERY: Final = timedelta(seconds=5)


@asynccontextmanager
async def ending_abandoned(database: MongoDatabase) -> AsyncIterator[None]:
    """Look for them while the block runs.

    MongoDB does not notice that a server was killed: it keeps what its transactions have written from all others
    for a minute and more (transactionLifetimeLimitSeconds), and its uploads could not go on until then. Should
    a server only have been slow, its command is repeated. A user may see and end its own sessions without a role.
    """
    task = asyncio.create_task(_looking(database))
    try:
        yield
    finally:
        await cancel_and_wait(task)


async def _looking(database: MongoDatabase) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY.total_seconds())
        with suppress(EmoError):  # the database is away, or lets others do this, as the log tells
            await _end(database)


async def _end(database: MongoDatabase) -> None:
    admin = database.admin()
    with translated():
        found = await (await admin.aggregate(_idle(ABANDONED_AFTER))).to_list()
        if found:
            sessions = [{"id": each["lsid"]["id"]} for each in found]
            await admin.command("killSessions", sessions, codec_options=admin.codec_options)


def _idle(after: timedelta) -> list[Document]:
    microseconds = after // timedelta(microseconds=1)
    return [
        {"$currentOp": {"allUsers": False, "idleSessions": True}},
        {
            "$match": {
                "type": "idleSession",
                "appName": APP_NAME,
                "transaction.timeInactiveMicros": {"$gt": microseconds},
            }
        },
        {"$project": {"_id": False, "lsid": True}},
    ]
