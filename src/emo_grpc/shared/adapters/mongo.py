"""One MongoDB database, and its transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final
from warnings import catch_warnings, simplefilter

import pymongo
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, DuplicateKeyError, InvalidURI, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from emo_grpc.settings import CannotStart
from emo_grpc.shared.adapters.mongo_start import explained, require_transactions
from emo_grpc.shared.domain.errors import ConcurrentChange, EmoError, StorageFull, Unavailable

# Any: each collection's owner knows what it keeps in it.
Document = dict[str, Any]

APP_NAME: Final = "emo"
SCHEMES: Final = ("mongodb://", "mongodb+srv://")
OPERATION_MS: Final = 5_000
CONNECT_MS: Final = 2_000
ABORT_SECONDS: Final = 1
INDEX_BUILD_SECONDS: Final = 3_600
COMMIT_TRIES: Final = 3
NAMESPACE_EXISTS: Final = 48
WRITE_CONFLICT: Final = 112
INDEX_CONFLICTS: Final = (85, 86)
"""IndexOptionsConflict and IndexKeySpecsConflict."""

OUT_OF_DISK_SPACE: Final = 14_031


@contextmanager
def translated() -> Iterator[None]:
    """Turn pymongo's errors into ours. A DuplicateKeyError passes: only a repository knows what it means."""
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        raise _meaning(error) from error


def _meaning(error: PyMongoError) -> EmoError:
    if isinstance(error, ConnectionFailure):
        return Unavailable(f"the database does not answer ({type(error).__name__})")
    code = error.code if isinstance(error, OperationFailure) else None
    if code == OUT_OF_DISK_SPACE:
        return StorageFull("the database has no room left")
    if code == WRITE_CONFLICT or error.has_error_label("TransientTransactionError"):
        return ConcurrentChange("this was changed at the same moment")
    return Unavailable(f"the database could not do it ({type(error).__name__} {code or ''})")


async def up_to(limit: int, found: AsyncCursor[Document]) -> list[Document]:
    """So many of the documents; none for 0, which to MongoDB itself means all."""
    return await found.limit(limit).to_list() if limit else []


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
        """Connect, and let others use it only once `prepare` is done with it.

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
        return self._opened()[self._name][name]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["MongoTransaction"]:
        """Work on one snapshot; what was not committed at the end is undone, also when cancelled."""
        transaction = MongoTransaction(self, self._opened().start_session())
        try:
            await transaction.begin()
            yield transaction
        finally:
            await asyncio.shield(transaction.end())

    def _opened(self) -> AsyncMongoClient[Document]:
        if self._client is None:
            raise Unavailable("the database is closed")
        return self._client


Prepare = Callable[[MongoDatabase], Awaitable[None]]
"""Does what has to be done to a database before others use it."""


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


class MongoTransaction:
    """A transaction under way; MongoDB begins it with the first operation that is given its `session`."""

    def __init__(self, database: MongoDatabase, session: AsyncClientSession) -> None:
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
        return self._database.collection(name)

    async def begin(self) -> None:
        """Say that a transaction follows; nothing is sent yet."""
        await self._session.start_transaction(ReadConcern("snapshot"))

    async def commit(self) -> None:
        """Make it durable. A commit that was begun comes to its end even if nobody waits for it any more."""
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
        with translated(), pymongo.timeout(OPERATION_MS / 1_000):  # of all tries together
            for tries_left in reversed(range(COMMIT_TRIES)):
                try:
                    await session.commit_transaction()
                    return
                except OperationFailure as error:  # what the network did, pymongo has tried again by itself
                    if not tries_left or not error.has_error_label("UnknownTransactionCommitResult"):
                        raise
