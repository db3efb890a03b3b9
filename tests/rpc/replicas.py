"""Several servers on one store, and a client that knows them all."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from balancer import Balancer, balancing
from emo_grpc.bootstrap.contexts import open_contexts
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.bootstrap.service import RunningService, engine_watch
from emo_grpc.client import BytesSource, EmoClient
from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.server import Server
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.domain.commands import CreateUser
from emo_grpc.users.domain.user import Role
from leftovers import nothing_left_behind
from rpc.vault import CHEAP, PASSWORD

GRACE = timedelta(seconds=2)


@dataclass
class Replica:
    """One of the servers."""

    parts: RunningService
    server: Server
    address: str

    @property
    def calls(self) -> int:
        """How many run there now."""
        return self.server._admission._running

    async def stop(self, grace: timedelta = timedelta(0)) -> None:
        """Drain it, as SIGTERM does."""
        await self.server.stop(grace)


@asynccontextmanager
async def open_replica(folder: Path, **settings: Any) -> AsyncIterator[Replica]:
    """A server on this folder, beside others."""
    made = Settings(_env_file=None, emo_listen="127.0.0.1:0").model_copy(update={"data_folder": folder} | settings)
    filled = fill_secrets(made)
    async with (
        open_engines(filled.settings) as engines,
        open_contexts(engines, Argon2PasswordHasher(CHEAP)) as contexts,
    ):
        parts = RunningService(filled, engines, contexts, engine_watch(engines, contexts.assets))
        server = parts.server()
        replica = Replica(parts, server, await server.start())
        try:
            yield replica
        finally:
            await replica.stop()
            await contexts.assets.uploads.settled()


class Pair:
    """Two replicas, each behind a door that can be slammed, and somebody who has an account."""

    def __init__(self, replicas: Sequence[Replica], doors: Sequence[Balancer]) -> None:
        self.replicas = replicas
        self._doors = doors

    @property
    def target(self) -> str:
        """What a client is told."""
        return ",".join(door.address for door in self._doors)

    async def drain(self, index: int) -> None:
        """Stop one as SIGTERM does."""
        await self.replicas[index].stop(GRACE)

    async def kill(self, index: int) -> None:
        """Nothing more is heard of it, as after kill -9."""
        await self._doors[index].stop()

    def busy(self) -> int:
        """The one that has the only call."""
        (index,) = (index for index, replica in enumerate(self.replicas) if replica.calls)
        return index


@asynccontextmanager
async def open_pair(folder: Path) -> AsyncIterator[Pair]:
    """Two replicas on one folder; `alice` has an account."""
    async with nothing_left_behind(), AsyncExitStack() as opened:
        replicas = [await opened.enter_async_context(open_replica(folder)) for _ in range(2)]
        doors = [await opened.enter_async_context(balancing(replica.address)) for replica in replicas]
        await replicas[0].parts.users.bus.handle(
            CreateUser(username="alice", email="a@example.org", password=PASSWORD, roles=frozenset({Role.USER}))
        )
        yield Pair(replicas, doors)


@asynccontextmanager
async def alice_at(target: str, **options: Any) -> AsyncIterator[EmoClient]:
    """A client of hers, logged in."""
    async with EmoClient.connect(target, **options) as client:
        await client.login("alice", PASSWORD)
        yield client


class Halting(BytesSource):
    """Bytes of which only so many come, the first time, until `go_on` is set."""

    def __init__(self, data: bytes, at: int) -> None:
        super().__init__(data)
        self._at = at
        self.go_on = asyncio.Event()

    async def read_from(self, offset: int) -> AsyncGenerator[bytes, None]:
        """See ByteSource."""
        async with aclosing(super().read_from(offset)) as pieces:
            async for piece in pieces:
                yield piece
                offset += len(piece)
                if offset >= self._at:
                    await self.go_on.wait()
