"""Whose turn it is to write to a SQLite file, and which of them share a COMMIT."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol, TypeVar

from emo_grpc.shared.domain.errors import Unavailable

T = TypeVar("T")

MOST_UNITS: Final = 16
"""How many share a COMMIT; of a sync each pays 6 % then, and more would save next to nothing."""
LONGEST_S: Final = 0.01
"""How long units go on in one transaction once the first is done: about what two syncs of an SSD take. Who waits for
the file in another process looks again only every 1 to 100 ms, so that it must be free often."""


class OnWriter(Protocol):
    """How SQL comes to the writer's connection."""

    def __call__(self, work: Callable[[sqlite3.Connection], T], /) -> Awaitable[T]:
        """Run it on the writer's thread, after what came before."""
        ...


class WriterTurns:
    """Lets one unit of work write at a time, in the order in which they came.

    A unit that ends while others wait does not commit. The next one goes on in the same transaction of SQLite, in a
    savepoint of its own, and in the end one COMMIT, with one sync of the disk, makes all of them durable
    (docs/adr/0055). Until then none of them is told that it is stored: they wait for `outcome`. The COMMIT comes behind
    those that waited when the first one ended, MOST_UNITS at most. Who ends later than LONGEST_S after that commits at
    once, because other processes can't write meanwhile.
    """

    def __init__(self, on_writer: OnWriter, *, shares_commits: bool = True) -> None:
        self._on_writer = on_writer
        self._shares_commits = shares_commits
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._sharing = 0
        self._until = 0.0
        self._closing: asyncio.Task[None] | None = None
        self.outcome: asyncio.Future[None] | None = None

    @property
    def may_share(self) -> bool:
        """Whether a unit waits that can go on in this transaction, which has not kept other processes out too long."""
        return self._shares_commits and self._waiting > 0 and not self._is_long

    async def take(self) -> None:
        """Wait for the turn; `give` ends it."""
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        self._sharing = 1 if self.outcome is None else self._sharing + 1

    def give(self) -> None:
        """Let the next one write."""
        self._turn.release()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Have the writer while there is no transaction."""
        async with self._turn:
            if self.outcome is not None:
                # Others wait for it, also when who came here is cancelled; the writer's thread takes its work in order.
                await asyncio.shield(self._commit_shared(self.outcome))
            yield

    def leave_commit(self) -> asyncio.Future[None]:
        """Leave the COMMIT to a later turn; gives a future that ends when it is durable, or with its error."""
        if self.outcome is None:
            self.outcome = asyncio.get_running_loop().create_future()
            self.outcome.add_done_callback(heard)
            self._until = asyncio.get_running_loop().time() + LONGEST_S
            self._closing = asyncio.create_task(self._close())
        return self.outcome

    def committed(self) -> None:
        """Tell all who wait that the writer has just committed."""
        if self.outcome is not None:
            self.outcome.set_result(None)
            self.outcome = None

    async def settled(self) -> None:
        """Wait for a COMMIT that is left to others."""
        if self._closing is not None:
            await asyncio.wait([self._closing])

    @property
    def _is_long(self) -> bool:
        if self.outcome is None:
            return False
        return self._sharing >= MOST_UNITS or asyncio.get_running_loop().time() >= self._until

    async def _close(self) -> None:
        async with self.alone():
            pass

    async def _commit_shared(self, shared: asyncio.Future[None]) -> None:
        self.outcome = None
        try:
            await self._on_writer(_commit_or_undo)
        except Exception as error:  # whatever it is, those who wait are told
            shared.set_exception(error)
        else:
            shared.set_result(None)


def heard(outcome: asyncio.Future[None]) -> None:
    """Take note of how it failed: all who wait may have been cancelled, and asyncio logs what nobody has asked for."""
    if not outcome.cancelled():
        outcome.exception()


def _commit_or_undo(connection: sqlite3.Connection) -> None:
    if not connection.in_transaction:  # SQLite itself undoes one when its disk is full
        raise Unavailable("the database undid the transaction")
    try:
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.rollback()
        raise
