"""A transaction of MongoDB."""

import asyncio
from typing import Final

import pymongo
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.domain.errors import Unavailable

ABORT_SECONDS: Final = 1
COMMIT_TRIES: Final = 3


class MongoTransaction:
    """A transaction under way; MongoDB begins it with the first operation that is given its `session`."""

    def __init__(self, database: AsyncDatabase[Document], session: AsyncClientSession) -> None:
        self._database = database
        self._session = session
        self._committing: asyncio.Task[None] | None = None
        self._is_over = False

    @property
    def session(self) -> AsyncClientSession:
        """What every operation of the transaction is given; never after its end."""
        if self._is_over:
            raise RuntimeError("this transaction is over")
        if not self._session.in_transaction:
            raise Unavailable("the database undid the transaction")
        return self._session

    def collection(self, name: str) -> AsyncCollection[Document]:
        """Give its operations `session=transaction.session`, or they are outside of the transaction."""
        return self._database[name]

    async def begin(self) -> None:
        """Say that a transaction follows; nothing is sent yet."""
        await self._session.start_transaction(ReadConcern("snapshot"))

    async def commit(self) -> None:
        """Make it durable. A commit that was begun comes to its end even if the caller is cancelled."""
        self._committing = asyncio.ensure_future(self._commit(self.session))
        await asyncio.shield(self._committing)

    async def end(self) -> None:
        """Undo it if it was not committed. It is over then."""
        self._is_over = True
        if self._committing is not None:
            await asyncio.wait([self._committing])
        with translated(), pymongo.timeout(ABORT_SECONDS):
            if self._session.in_transaction:
                await self._session.abort_transaction()
            await self._session.end_session()

    async def _commit(self, session: AsyncClientSession) -> None:
        with translated(), pymongo.timeout(session.client.options.timeout):  # of all tries together
            for tries_left in reversed(range(COMMIT_TRIES)):
                try:
                    await session.commit_transaction()
                    return
                except OperationFailure as error:  # what the network did, pymongo has tried again by itself
                    if not tries_left or not error.has_error_label("UnknownTransactionCommitResult"):
                        raise
