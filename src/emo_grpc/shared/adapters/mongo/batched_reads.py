"""Reads documents by their `_id`, many with one command."""

import asyncio
from collections.abc import Hashable, Mapping
from itertools import islice
from typing import Final

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.errors import Unavailable

LOOP_ITERATIONS: Final = 12
"""The event loop goes round so many times before a command is sent, so that it takes along look-ups which begin
meanwhile. In an idle process that is microseconds."""

BATCH: Final = 100
"""The most documents that one command asks for."""

Waiting = dict[Hashable, list["asyncio.Future[Document | None]"]]


class MongoBatchedReads:
    """Reads documents of one collection; those that are asked for at the same moment come with one command.

    pymongo takes longer to send a command and to read its answer than MongoDB takes to find a document, so under load
    this is several times as fast (docs/adr/0020). Whoever asks while a command is under way waits for the next one, so
    what they get was read after they asked. When MongoDB does not answer, all who wait are told at once.
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
            for _ in range(LOOP_ITERATIONS):
                await asyncio.sleep(0)
            batch = {key: self._waiting.pop(key) for key in list(islice(self._waiting, BATCH))}
            try:
                found = await self._read(list(batch))
            except Exception as error:  # whatever it is, those who wait get it
                _fail(batch, error)
                if isinstance(
                    error, Unavailable
                ):  # the next command would be another time-out for those who wait for it
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
