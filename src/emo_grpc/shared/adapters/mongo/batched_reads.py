"""Documents by their `_id`, many with one command."""

import asyncio
from collections.abc import Hashable, Mapping
from itertools import islice
from typing import Final

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.errors import Unavailable

TURNS: Final = 12
"""Turns of the loop that a command waits for other look-ups to join it: microseconds if none does."""

BATCH: Final = 100
"""Documents of a command."""

Waiting = dict[Hashable, list["asyncio.Future[Document | None]"]]


class MongoBatchedReads:
    """Looks documents of one collection up; those that are asked for at the same moment come with one command.

    pymongo takes longer to send a command and to read its answer than MongoDB takes to find a document, so under load
    this is several times as fast (docs/adr/0020). Who asks while a command is under way waits for the next: what is
    given was always read after it was asked for. When MongoDB does not answer, all that wait are told at once.
    """

    def __init__(self, database: MongoDatabase, collection: str, projection: Mapping[str, bool] | None = None) -> None:
        self._database = database
        self._collection = collection
        self._projection = None if projection is None else {**projection, "_id": True}
        self._waiting: Waiting = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: Hashable) -> Document | None:
        """The document, or None; raises Unavailable. Others may be given the same one, so it is not to be changed."""
        future: asyncio.Future[Document | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all())
        return await future

    async def _read_all(self) -> None:
        while self._waiting:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            batch = {key: self._waiting.pop(key) for key in list(islice(self._waiting, BATCH))}
            try:
                found = await self._read(list(batch))
            except Exception as error:  # whatever it is, those who wait are to know
                _fail(batch, error)
                if isinstance(error, Unavailable):  # those that wait for their turn have waited long enough
                    waiting, self._waiting = self._waiting, {}
                    _fail(waiting, error)
            else:
                _give(batch, found)

    async def _read(self, keys: list[Hashable]) -> dict[Hashable, Document]:
        with translated():
            wanted = {"_id": keys[0]} if len(keys) == 1 else {"_id": {"$in": keys}}
            documents = self._database.collection(self._collection).find(wanted, self._projection, limit=-len(keys))
            return {document["_id"]: document for document in await documents.to_list()}


def _give(batch: Waiting, found: Mapping[Hashable, Document]) -> None:
    for key, futures in batch.items():
        for future in futures:
            if not future.done():
                future.set_result(found.get(key))


def _fail(batch: Waiting, error: Exception) -> None:
    for futures in batch.values():
        for future in futures:
            if not future.done():
                future.set_exception(error)
