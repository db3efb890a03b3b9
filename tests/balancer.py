"""A TCP balancer, such as stands before replicas."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count

BLOCK = 1 << 18


@dataclass
class Connection:
    """One of a client, and the backend that it was given to; none yet, when that is empty."""

    client: asyncio.StreamWriter
    backend: str = ""


class Balancer:
    """Gives each connection to the next backend that answers, in turn. Clients connect to `address`."""

    def __init__(self, backends: Sequence[str]) -> None:
        self._backends = list(backends)
        self._turns = count()
        self._connections: dict[asyncio.Task[None], Connection] = {}

    async def start(self) -> None:
        """Begin to listen, on a free port of this machine."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0, limit=BLOCK)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        """Refuse new connections and cut the others, as a machine does that dies."""
        self._server.close()
        await self.cut("", *self._backends)

    def connections_to(self, backend: str) -> int:
        """How many there are now."""
        return sum(each.backend == backend for each in self._connections.values())

    async def cut(self, *backends: str) -> None:
        """End all connections to these, in the middle of whatever they carry."""
        ending = [task for task, each in self._connections.items() if each.backend in backends]
        for task in ending:
            self._connections[task].client.transport.abort()
        if ending:
            await asyncio.wait(ending)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connection = self._connections[task] = Connection(writer)
        try:
            connection.backend, from_server, to_server = await self._next_alive()
            await _until_one_ends((reader, to_server), (from_server, writer))
        except ConnectionRefusedError:
            writer.transport.abort()
        finally:
            del self._connections[task]

    async def _next_alive(self) -> tuple[str, asyncio.StreamReader, asyncio.StreamWriter]:
        first = next(self._turns)
        for turn in range(first, first + len(self._backends)):
            backend = self._backends[turn % len(self._backends)]
            host, _, port = backend.rpartition(":")
            with suppress(ConnectionError):
                return backend, *await asyncio.open_connection(host, int(port))
        raise ConnectionRefusedError


@asynccontextmanager
async def balancing(*backends: str) -> AsyncIterator[Balancer]:
    """Run one before these backends (host:port)."""
    balancer = Balancer(backends)
    await balancer.start()
    try:
        yield balancer
    finally:
        await balancer.stop()


async def _until_one_ends(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    copies = [asyncio.create_task(_copy(reader, writer)) for reader, writer in ways]
    await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    for _, writer in ways:
        writer.transport.abort()
    await asyncio.gather(*copies)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
