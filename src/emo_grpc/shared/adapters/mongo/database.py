"""One MongoDB database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from warnings import catch_warnings, simplefilter

import pymongo
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError, InvalidURI, OperationFailure
from pymongo.read_concern import ReadConcern

from emo_grpc.settings import CannotStart
from emo_grpc.shared.adapters.mongo.connection_check import explained, require_transactions
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.domain.errors import Unavailable

APP_NAME: Final = "emo"
SCHEMES: Final = ("mongodb://", "mongodb+srv://")
OPERATION_MS: Final = 5_000
CONNECT_MS: Final = 2_000
INDEX_BUILD_SECONDS: Final = 3_600
READABLE: Final[CodecOptions[Document]] = CodecOptions(
    uuid_representation=UuidRepresentation.STANDARD,
    unicode_decode_error_handler="surrogateescape",
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
"""One document whose text or time is damaged would fail a whole query. So it is read, to be found out alone: half a
surrogate pair stands for each byte that is no UTF-8.
"""
NAMESPACE_EXISTS: Final = 48
INDEX_CONFLICTS: Final = (85, 86)
"""IndexOptionsConflict and IndexKeySpecsConflict."""


class MongoDatabase:
    """A database of a replica set or a sharded cluster, with one client a process.

    A write that returned is in the journals of a majority, so it survives the loss of the primary. Reads see what a
    majority has. Every operation ends within five seconds; until then pymongo itself looks for a primary that answers.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._client: AsyncMongoClient[Document] | None = None

    async def open(self, prepare: "Prepare | None" = None) -> None:
        """Connect. Until `prepare` has ended, the database is Unavailable to everybody else.

        Raises CannotStart when the URL is wrong or no transactions are possible, Unavailable, and what `prepare`
        raises.
        """
        connected = MongoDatabase(self._url, self._name)
        try:
            with translated(), explained(self._name):
                connected._client = _client(self._url)
                await require_transactions(connected._client)
            if prepare is not None:
                await prepare(connected)
        except BaseException:
            await connected.close()
            raise
        self._client = connected._client

    async def close(self) -> None:
        """Let go of all connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def ping(self) -> None:
        """Ask the primary for a sign of life; raises Unavailable."""
        with translated():
            await self._opened().admin.command("ping")

    async def declare(self, collection: str, indexes: Sequence[IndexModel] = ()) -> None:
        """Make a collection and its indexes where they are missing; raises CannotStart."""
        with translated(), explained(self._name), pymongo.timeout(INDEX_BUILD_SECONDS):
            try:
                await self._opened()[self._name].create_collection(collection, check_exists=False)
            except OperationFailure as error:
                if error.code != NAMESPACE_EXISTS:
                    raise
            if indexes:
                await self._index(collection, list(indexes))

    async def _index(self, collection: str, indexes: list[IndexModel]) -> None:
        try:
            await self.collection(collection).create_indexes(indexes)
        except DuplicateKeyError as error:
            raise CannotStart(f"two documents of {collection} are the same where each must be unique") from error
        except OperationFailure as error:
            if error.code not in INDEX_CONFLICTS:
                raise
            raise CannotStart(f"an index of {collection} is not as this version needs it: drop that index") from error

    def admin(self) -> AsyncDatabase[Document]:
        """For commands to the server itself, and what it says of itself, which no majority has to know."""
        return self._opened().get_database("admin", read_concern=ReadConcern("local"))

    def collection(self, name: str) -> AsyncCollection[Document]:
        """For what is done outside of transactions, and for what takes a transaction's session."""
        return self._database(self._opened())[name]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MongoTransaction]:
        """Work on one snapshot; what was not committed at the end is undone, also when cancelled."""
        client = self._opened()
        transaction = MongoTransaction(self._database(client), client.start_session())
        try:
            await transaction.begin()
            yield transaction
        finally:
            await asyncio.shield(transaction.end())

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncClientSession]:
        """For several reads, by `find` and `aggregate`, of what a majority has at one moment."""
        async with self._opened().start_session(snapshot=True) as session:
            yield session

    def _database(self, client: AsyncMongoClient[Document]) -> AsyncDatabase[Document]:
        return client.get_database(self._name, codec_options=READABLE)

    def _opened(self) -> AsyncMongoClient[Document]:
        if self._client is None:
            raise Unavailable("the database has not answered yet, or is closed")
        return self._client


Prepare = Callable[[MongoDatabase], Awaitable[None]]
"""Makes indexes, and whatever else a database must have before it is used."""


def _client(url: str) -> AsyncMongoClient[Document]:
    if not url.startswith(SCHEMES):
        raise InvalidURI("pymongo would take it for the name of a host")
    with catch_warnings():
        simplefilter("error")  # of options that pymongo does not know; its words may be a piece of the password
        return _connection(url)


def _connection(url: str) -> AsyncMongoClient[Document]:
    return AsyncMongoClient(
        url,
        appname=APP_NAME,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        readPreference="primary",
        retryReads=True,
        retryWrites=True,
        timeoutMS=OPERATION_MS,
        connectTimeoutMS=CONNECT_MS,
        uuidRepresentation="standard",
    )
