"""A client of several replicas does not see one of them go."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import grpc
import pytest

from balancer import balancing
from certificates import Authority
from emo.assets.v1.assets_pb2 import Asset, File
from emo_grpc.client import BytesSource, EmoClient, EmoClientError, Progress, RetryPolicy, Tls
from rpc.replicas import Halting, Pair, alice_at, open_pair, open_replica
from rpc.vault import MIB, PART, some_bytes
from waiting import until_answered

HASTY = RetryPolicy(max_attempts=2, initial=0.01, maximum=0.02)
DATA = some_bytes(2 * PART + 5)
End = Callable[[Pair, int], Coroutine[None, None, None]]


@pytest.fixture(params=[Pair.drain, Pair.kill], ids=["drained", "killed"])
def end(request: pytest.FixtureRequest) -> End:
    """How a replica goes."""
    chosen: End = request.param
    return chosen


async def persisted(client: EmoClient, asset_id: str, size: int) -> None:
    """Wait until so much is."""

    async def is_persisted() -> bool:
        return (await client.assets.upload_status(asset_id)).persisted_size >= size

    await until_answered(is_persisted)


async def new_asset(client: EmoClient) -> str:
    return await client.assets.create(Asset(title="Lake", file=File(name="lake.jpg", size_bytes=len(DATA))))


async def downloaded(client: EmoClient, asset_id: str) -> bytes:
    async with aclosing(client.download_chunks(asset_id)) as received:
        return b"".join([piece async for piece in received])


async def test_calls_go_on(tmp_path: Path, end: End) -> None:
    """While a replica goes, and when it has gone, no call of the client fails."""
    async with open_pair(tmp_path) as pair, alice_at(pair.target) as client:
        going = asyncio.create_task(end(pair, 0))
        for _ in range(100):
            await asyncio.gather(*(client.users.get_me() for _ in range(3)))
        await going
        assert (await client.users.get_me()).username == "alice"


async def test_an_upload_goes_on_at_the_other(tmp_path: Path, end: End) -> None:
    """From where it was, and the file has the bytes of the source."""
    news: list[Progress] = []
    async with open_pair(tmp_path) as pair, alice_at(pair.target) as client:
        source = Halting(DATA, PART + MIB)
        asset_id = await new_asset(client)
        upload = asyncio.create_task(client.resume_upload(asset_id, source, on_progress=news.append))
        await persisted(client, asset_id, PART)
        await end(pair, pair.busy())
        source.go_on.set()
        await asyncio.wait_for(upload, 20)
        assert await downloaded(client, asset_id) == DATA
    assert news[-1].persisted == PART


async def test_a_download_goes_on_at_the_other(tmp_path: Path, end: End) -> None:
    """From where it was, without a byte twice."""
    async with open_pair(tmp_path) as pair, alice_at(pair.target) as client:
        asset_id = await new_asset(client)
        await client.resume_upload(asset_id, BytesSource(DATA))
        received = bytearray()
        async with aclosing(client.download_chunks(asset_id)) as pieces:
            async for piece in pieces:
                if not received:
                    await end(pair, pair.busy())
                received += piece
    assert received == DATA


async def test_all_are_down(tmp_path: Path) -> None:
    """Calls and transfers end soon, with an error that says what is wrong."""
    async with open_pair(tmp_path) as pair, alice_at(pair.target, retries=HASTY) as client:
        await pair.kill(0)
        await pair.kill(1)
        for call in (client.users.get_me(), client.resume_upload("no-matter", BytesSource(DATA))):
            with pytest.raises(EmoClientError) as caught:
                await asyncio.wait_for(call, 20)
            assert caught.value.code is grpc.StatusCode.UNAVAILABLE


async def test_a_balancer_hides_which_replica_answers(tmp_path: Path) -> None:
    """When it loses the replica of a connection, the client connects to it again, and an upload goes on."""
    async with (
        open_pair(tmp_path) as pair,
        balancing(*(replica.address for replica in pair.replicas)) as balancer,
        alice_at(balancer.address) as client,
    ):
        source = Halting(DATA, PART + MIB)
        asset_id = await new_asset(client)
        upload = asyncio.create_task(client.resume_upload(asset_id, source))
        await persisted(client, asset_id, PART)
        left, other = (pair.replicas[index].address for index in (pair.busy(), 1 - pair.busy()))
        await balancer.cut(left)
        source.go_on.set()
        await asyncio.wait_for(upload, 20)
        assert (balancer.connections_to(left), balancer.connections_to(other)) == (0, 1)
        assert await downloaded(client, asset_id) == DATA


@pytest.mark.parametrize(("name", "reason"), [("localhost", "INVALID_CREDENTIALS"), ("elsewhere.example", "")])
async def test_each_replica_proves_the_same_name(tmp_path: Path, name: str, reason: str) -> None:
    """A list over TLS reaches servers whose certificates are for the name that was asked for, and no others."""
    authority = Authority(tmp_path)
    authority.sign("server")
    settings = {"tls_cert_file": tmp_path / "server.crt", "tls_key_file": tmp_path / "server.key"}
    async with AsyncExitStack() as opened:
        replicas = [await opened.enter_async_context(open_replica(tmp_path / "data", **settings)) for _ in range(2)]
        target = ",".join(replica.address for replica in replicas)
        tls = Tls(tmp_path / "ca.crt", server_name=name)
        client = await opened.enter_async_context(EmoClient.connect(target, tls=tls))
        with pytest.raises(EmoClientError) as caught:
            await client.login("nobody", "correct horse")
        assert caught.value.reason == reason
