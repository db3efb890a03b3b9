"""Uploads that are disturbed: by other writers, clients that vanish, a server that goes away, and silence."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import google_crc32c
import grpc
import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.assets.domain.commands import RemoveOrphans
from rpc.assets.waiting import begun, persisted, started
from rpc.vault import (
    MIB,
    PART,
    PASSWORD,
    Person,
    Stream,
    Vault,
    chunk,
    chunks,
    failure,
    finish,
    open_vault,
    some_bytes,
    start,
)
from waiting import until


async def test_two_writers(vault: Vault, alice: Person) -> None:
    """The later of two streams wins; the earlier is told at its next checkpoint, and nothing of it is in the file."""
    data = some_bytes(2 * PART + 5)
    asset_id = await alice.create(len(data))
    earlier = Stream(alice, start(asset_id))
    earlier.send(*chunks(bytes(PART - 1)))
    await started(vault, asset_id)
    later = Stream(alice, start(asset_id))
    later.send(*chunks(data[:PART]))
    await persisted(alice, asset_id, PART)
    earlier.send(*chunks(bytes(PART + 6)), finish())
    assert (await failure(earlier.end())).brief == "ABORTED UPLOAD_SUPERSEDED"
    later.send(*chunks(data[PART:]), finish(google_crc32c.value(data)))
    assert (await later.end()).complete
    assert await alice.download(asset_id) == data
    assert len(vault.blob_parts()) == 3


async def test_two_writers_of_the_same_part(vault: Vault, alice: Person) -> None:
    """When both have sent all but the end, only the later one completes the file, with its own bytes."""
    data = some_bytes(1000)
    asset_id = await alice.create()
    streams = []
    for sent in (bytes(1000), data):
        stream = Stream(alice, start(asset_id))
        stream.send(chunk(sent))
        streams.append(stream)
        await started(vault, asset_id, len(streams))
    streams[0].send(finish())
    assert (await failure(streams[0].end())).brief == "ABORTED UPLOAD_SUPERSEDED"
    streams[1].send(finish())
    assert (await streams[1].end()).complete
    assert await alice.download(asset_id) == data


@pytest.mark.parametrize("index", range(8))
async def test_a_client_vanishes_after_any_message(vault: Vault, alice: Person, index: int) -> None:
    """A client whose connection ends after any message finds whole parts, never a readable file, and goes on."""
    data = some_bytes(PART + 3 * MIB)
    asset_id = await alice.create(len(data))
    messages = [start(asset_id), *chunks(data, 2 * MIB), finish()]
    flaky = await vault.logged_in("alice", alice.user_id)
    stream = Stream(flaky, *messages[:index])
    kept = [0, 0, 0, 0, 0, PART, PART, len(data)][index]
    if index:
        await started(vault, asset_id)
        await persisted(alice, asset_id, kept)
    flaky.upload_channel.close()
    stream.cancel()
    await begun(vault, 0)
    await vault.parts.assets.uploads.settled()
    status = await alice.status(asset_id)
    assert (status.persisted_size, status.complete) == (kept, False)
    assert (await failure(alice.download(asset_id))).brief == "FAILED_PRECONDITION FILE_NOT_COMPLETE"
    await alice.upload(asset_id, data[status.persisted_size :], status.persisted_size)
    assert await alice.download(asset_id) == data


@pytest.mark.parametrize("seed", range(3))
async def test_many_clients_vanish(vault: Vault, alice: Person, seed: int) -> None:
    """However often an upload is cut off, at whatever moment, its file is in the end just the bytes that were sent."""
    random = Random(seed)
    data = some_bytes(2 * PART + random.randrange(PART))
    asset_id = await alice.create(random.choice([0, len(data)]))
    acknowledged = 0
    for _ in range(8):
        offset = (await alice.status(asset_id)).persisted_size
        assert offset >= acknowledged
        acknowledged = offset
        stream = Stream(alice, start(asset_id, offset))
        stream.send(*chunks(data[offset:], random.randrange(100_000, 2 * MIB)))
        await asyncio.sleep(random.random() / 20)  # any moment, so there is no condition to wait for
        stream.cancel()
    offset = (await alice.status(asset_id)).persisted_size
    answer = await alice.send([start(asset_id, offset), *chunks(data[offset:]), finish(google_crc32c.value(data))])
    assert answer.complete
    assert await alice.download(asset_id) == data
    await begun(vault, 0)
    await vault.parts.assets.uploads.settled()
    await vault.parts.assets.bus.handle(RemoveOrphans(vault.clock() + timedelta(1)))
    assert len(vault.stored_files()) == 3 + 1


async def test_a_deadline_in_the_middle(vault: Vault, alice: Person) -> None:
    """A call whose time is over keeps its whole parts."""
    asset_id = await alice.create()
    stream = Stream(alice, start(asset_id), timeout=1.5)
    stream.send(*chunks(some_bytes(PART + 5)))
    with pytest.raises(grpc.RpcError) as caught:
        await stream.answer()
    assert caught.value is stream.call
    assert stream.call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await begun(vault, 0)
    await vault.parts.assets.uploads.settled()
    assert (await alice.status(asset_id)).persisted_size == PART


async def test_drain(tmp_path: Path) -> None:
    """A server that goes away ends uploads at once with whole parts kept, and the next server goes on."""
    data = some_bytes(2 * PART)
    async with open_vault(tmp_path) as vault:
        alice = await vault.person("alice")
        asset_id = await alice.create(len(data))
        idle = await alice.create()
        streams = [Stream(alice, start(asset_id)), Stream(alice, start(idle))]
        streams[0].send(*chunks(data[: PART + 5]))
        await persisted(alice, asset_id, PART)
        await started(vault, idle)
        stopping = asyncio.create_task(vault.server.stop(timedelta(seconds=10)))
        for stream in streams:
            assert (await failure(stream.answer())).brief == "UNAVAILABLE SERVER_DRAINING"
        await asyncio.wait_for(stopping, 5)
    async with open_vault(tmp_path) as vault:
        alice = await vault.logged_in("alice", alice.user_id)
        assert (await alice.status(asset_id)).persisted_size == PART
        assert (await alice.upload(asset_id, data[PART:], PART)).complete
        assert await alice.download(asset_id) == data


@pytest.mark.parametrize("sent", [0, 1, 9])
async def test_silence(vault: Vault, alice: Person, sent: int) -> None:
    """A stream that says nothing for too long is ended and its whole parts are kept, whatever it said before."""
    vault.parts.assets.servicer._max_silence = 0.2
    asset_id = await alice.create()
    stream = Stream(alice, *[start(asset_id), *chunks(some_bytes(PART))][:sent])
    assert (await failure(stream.answer())).brief == "UNAVAILABLE UPLOAD_STALLED"
    await begun(vault, 0)
    assert (await alice.status(asset_id)).persisted_size == (PART if sent == 9 else 0)


async def test_empty_chunks_are_silence(vault: Vault, alice: Person) -> None:
    """A stream that sends chunks without bytes again and again is ended like one that says nothing."""
    vault.parts.assets.servicer._max_silence = 0.2
    asset_id = await alice.create()
    stream = Stream(alice, start(asset_id))
    answer = asyncio.create_task(failure(stream.answer()))

    def is_answered() -> bool:
        stream.send(chunk(b""))
        return answer.done()

    await until(is_answered)
    assert (await answer).brief == "UNAVAILABLE UPLOAD_STALLED"


async def test_no_more_streams_than_the_process_bears(vault: Vault, alice: Person, bob: Person) -> None:
    """One upload too many is told when to come again, and each way to end one makes room."""
    vault.parts.assets.uploads.slots.limit = 2
    asset_ids = [await alice.create() for _ in range(2)]
    streams = [Stream(alice, start(asset_id)) for asset_id in asset_ids]
    await begun(vault, 2)
    for _ in range(20):
        found = await failure(bob.send([start(asset_ids[0])]))
        assert found.brief == "RESOURCE_EXHAUSTED TOO_MANY_CALLS"
        assert found.retry_after > 0
    streams[0].cancel()
    await begun(vault, 1)
    assert (await failure(bob.send([start(asset_ids[0])]))).reason == "ASSET_NOT_FOUND"
    assert await bob.stored(b"mine")
    await streams[1].end()
    await begun(vault, 0)


async def _delete(_: Vault, alice: Person, asset_id: str) -> None:
    await alice.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=asset_id, force=True))


async def _expire(vault: Vault, _: Person, __: str) -> None:
    vault.clock.ahead = timedelta(days=8)
    await vault.parts.assets.sweep()
    vault.clock.ahead = timedelta(0)


async def _remove_user(_: Vault, alice: Person, __: str) -> None:
    await alice.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=alice.metadata)


@pytest.mark.parametrize(
    ("take_away", "answer"),
    [
        (_delete, "NOT_FOUND ASSET_NOT_FOUND"),
        (_expire, "ABORTED UPLOAD_SUPERSEDED"),
        (_remove_user, "NOT_FOUND ASSET_NOT_FOUND"),
    ],
)
@pytest.mark.parametrize("sent", [5, PART + 5])
async def test_an_upload_that_is_taken_away(
    vault: Vault, alice: Person, take_away: Callable[[Vault, Person, str], Awaitable[None]], answer: str, sent: int
) -> None:
    """An upload whose asset is deleted, whose time is over, or whose owner is gone ends so, and leaves no bytes."""
    asset_id = await alice.create()
    stream = Stream(alice, start(asset_id))
    stream.send(*chunks(some_bytes(sent)))
    await started(vault, asset_id)
    if sent > PART:
        await persisted(alice, asset_id, PART)
    await take_away(vault, alice, asset_id)
    vault.clock.ahead = timedelta(days=9)  # what the sweep left for later is due
    await vault.deliver()
    stream.send(*chunks(some_bytes(PART)), finish())
    assert (await failure(stream.end())).brief == answer
    await vault.parts.assets.uploads.settled()
    assert vault.stored_files() == []


async def test_the_sweep(vault: Vault, alice: Person) -> None:
    """A week after its last checkpoint an upload is dropped with its bytes; the asset stays and can be uploaded."""
    asset_id = await alice.paused(some_bytes(PART + 5))
    expire_time = (await alice.status(asset_id)).expire_time.ToDatetime()
    assert timedelta(days=6, hours=23) < expire_time - vault.clock().replace(tzinfo=None) <= timedelta(days=7)
    await vault.parts.assets.sweep()
    assert (await alice.status(asset_id)).persisted_size == PART
    vault.clock.ahead = timedelta(days=7)
    await vault.parts.assets.sweep()
    await vault.deliver()
    vault.clock.ahead = timedelta(0)
    assert (await alice.status(asset_id)).persisted_size == 0
    assert vault.stored_files() == []
    await alice.upload(asset_id, b"abc")
    assert await alice.download(asset_id) == b"abc"
