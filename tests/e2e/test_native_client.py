"""The client of the benchmarks that is written in C, against the real server."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from benchmarks.cost.messages import Messages
from benchmarks.native_client import MISSING, NativeCalls, NativeClient, is_buildable

from e2e.server_process import running_server
from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.client import EmoClient, MemoryCredentialsStore

MIB = 1 << 20
BLOCK = 3 * MIB
SIZE = 4 * BLOCK  # two parts
PASSWORD = "correct horse"
PREFIX = 5


@dataclass
class Caller:
    """Somebody who calls the same server by both clients."""

    target: str
    python: EmoClient
    native: NativeClient
    token: str

    async def new_assets(self, count: int) -> list[str]:
        file = pb.File(name="a.mp4", size_bytes=SIZE)
        return [await self.python.assets.create(pb.Asset(title="Lake", file=file)) for _ in range(count)]

    def run(self, calls: NativeCalls) -> bytes:
        """Gives the begin of the first message that was answered."""
        return self.native.run(self.target, self.token, calls).head[PREFIX:]


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> NativeClient:
    """Skipped where it can't be built, which fails in CI."""
    if not is_buildable():
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(MISSING)
    return NativeClient.built_in(tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("server"), {}) as server:
        yield server.address


@pytest.fixture
async def caller(target: str, native: NativeClient) -> AsyncIterator[Caller]:
    store, name = MemoryCredentialsStore(), f"u{uuid.uuid4().hex[:8]}"
    async with EmoClient.connect(target, store) as python:
        await python.users.register(name, f"{name}@example.org", PASSWORD)
        await python.login(name, PASSWORD)
        credentials = await store.load()
        assert credentials is not None
        yield Caller(target, python, native, credentials.access_token)


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages(tmp_path, BLOCK)


async def test_what_it_sends_is_what_others_get(caller: Caller, messages: Messages) -> None:
    """Its files arrive whole, several at once over several connections, and all bytes of one come back to it."""
    asset_ids = await caller.new_assets(3)
    answer = caller.run(messages.uploads(asset_ids, SIZE, connections=2))
    assert pb.UploadAssetResponse.FromString(answer) == pb.UploadAssetResponse(persisted_size=SIZE, complete=True)
    for asset_id in asset_ids:
        received = b"".join([data async for data in caller.python.download_chunks(asset_id)])
        assert received == messages.block * (SIZE // BLOCK)
    assert caller.native.run(caller.target, caller.token, messages.download(asset_ids[0], SIZE)).size > SIZE


async def test_it_makes_many_calls_on_one_connection(caller: Caller, messages: Messages) -> None:
    """Each is answered with the asset, or it would not end well."""
    (asset_id,) = await caller.new_assets(1)
    answer = caller.run(messages.get_asset(asset_id, calls=300, at_once=16))
    assert pb.GetAssetResponse.FromString(answer).asset == await caller.python.assets.get(asset_id)


async def test_it_fails_for_what_the_server_refuses(caller: Caller, messages: Messages) -> None:
    """The status and the server's sentence are in the error, however much was still to be sent."""
    stranger = messages.uploads([str(uuid.uuid4())], SIZE)
    with pytest.raises(RuntimeError, match="status 5: there is no such asset"):
        caller.run(stranger)
    caller.token = "nobody's"
    with pytest.raises(RuntimeError, match="status 16: "):
        caller.run(stranger)


async def test_it_fails_for_answers_that_differ(caller: Caller, messages: Messages) -> None:
    """Calls that are measured together are to do the same."""
    one, other = await caller.new_assets(2)
    request = messages.get_asset(one, calls=1, at_once=1).firsts[0].read_bytes()
    both = messages.get_asset(other, calls=2, at_once=2)
    first = both.firsts[0].with_name("one")
    first.write_bytes(request)
    with pytest.raises(RuntimeError, match="calls were answered in different ways"):
        caller.run(replace(both, firsts=[first, *both.firsts]))


async def test_it_sends_whole_messages_only(caller: Caller, messages: Messages, tmp_path: Path) -> None:
    """A file that ends within one would be another call than the one that is meant."""
    calls = messages.uploads(await caller.new_assets(1), SIZE)
    assert calls.body is not None
    cut = tmp_path / "cut"
    cut.write_bytes(calls.body.read_bytes()[:-1])
    with pytest.raises(RuntimeError, match="cut is not made of whole gRPC messages"):
        caller.run(replace(calls, body=cut))
