from collections.abc import AsyncIterator

import pytest

from emo_grpc.client import EmoClient, MemoryCredentialsStore, RetryPolicy
from unit.client.fake_server import PASSWORD, World, running

HASTY = RetryPolicy(max_attempts=4, initial=0.001, maximum=0.01)


@pytest.fixture
def world() -> World:
    made = World()
    made.users["ann"] = PASSWORD
    return made


@pytest.fixture
async def server(world: World) -> AsyncIterator[str]:
    async with running(world) as address:
        yield address


@pytest.fixture
def store() -> MemoryCredentialsStore:
    return MemoryCredentialsStore()


@pytest.fixture
async def client(server: str, store: MemoryCredentialsStore) -> AsyncIterator[EmoClient]:
    async with EmoClient.connect(server, store, retries=HASTY) as made:
        await made.login("ann", PASSWORD)
        yield made
