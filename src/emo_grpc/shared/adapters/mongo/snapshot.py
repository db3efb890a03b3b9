"""A MongoDB database as it was at one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn, Self

from pymongo.asynchronous.client_session import AsyncClientSession

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.domain.errors import Unavailable


class MongoSnapshot(MongoDatabase):
    """All queries, and those of units of work, see what a majority had when it was `taken`. Nothing can be changed.

    MongoDB keeps what is needed for that for minSnapshotHistoryWindowInSeconds (300); later reads are Unavailable.
    """

    _snapshot: AsyncClientSession | None = None

    @asynccontextmanager
    async def taken(self, collection: str) -> AsyncIterator[Self]:
        """Connect, and see what is there now, for as long as the block lasts. `collection`: any that exists.

        In the block, this task and those that it starts use no other client of MongoDB.
        """
        await self.open()
        try:
            self._snapshot = self._opened().start_session(snapshot=True)
            async with self._snapshot.bind():
                with translated():
                    await self.collection(collection).find_one()  # the first read settles the moment
                yield self
        finally:
            await self.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MongoTransaction]:
        """Work on the snapshot."""
        if self._snapshot is None:
            raise Unavailable("the snapshot is over")
        yield _Reading(self._database(self._opened()), self._snapshot)


class _Reading(MongoTransaction):
    """What looks like a transaction, and only reads."""

    @property
    def session(self) -> AsyncClientSession:
        """What every operation is given."""
        return self._session

    async def commit(self) -> NoReturn:
        """There is nothing to commit."""
        raise TypeError("a snapshot can't be changed")
