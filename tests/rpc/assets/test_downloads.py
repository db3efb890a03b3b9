"""Downloads and their ranges."""

import asyncio

import google_crc32c
import grpc
import pytest

from emo.assets.v1 import assets_pb2 as pb
from rpc.vault import MIB, PART, Person, Received, Vault, failure, some_bytes
from waiting import until

SEGMENT = MIB - 16
SIZE = PART + 2 * MIB + 5
GONE = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"


async def test_ranges(alice: Person) -> None:
    """Any range is just those bytes, with a header that says so, at every boundary of segments and parts."""
    data = some_bytes(SIZE)
    asset_id = await alice.stored(data)
    edges = {0, SEGMENT - 40, 2 * SEGMENT - 40, PART - 1, PART, PART + SEGMENT - 40, SIZE - 1}
    for offset in sorted(edges | {edge - 1 for edge in edges if edge} | {edge + 1 for edge in edges}):
        for length in (1, SEGMENT, 0, 1 << 62):
            got = Received()
            await got.receive(alice, asset_id, offset, length)
            expected = data[offset : offset + length] if length else data[offset:]
            assert got.data == expected
            assert got.header is not None
            assert (got.header.offset, got.header.length) == (offset, len(expected))
            assert (got.header.file.size_bytes, got.header.file.crc32c) == (SIZE, google_crc32c.value(data))


@pytest.mark.parametrize("size", [0, 5, PART])
async def test_the_very_end(alice: Person, size: int) -> None:
    """From the very end there is a header and no chunk; from beyond it there is nothing but the size."""
    asset_id = await alice.stored(some_bytes(size))
    for length in (0, 5):
        got = Received()
        await got.receive(alice, asset_id, size, length)
        assert got.header is not None
        assert (got.header.offset, got.header.length, bytes(got.data)) == (size, 0, b"")
        assert got.header.file.name == "lake.jpg"
    for offset in (size + 1, (1 << 63) - 1):
        found = await failure(Received().receive(alice, asset_id, offset))
        assert found.brief == "OUT_OF_RANGE OFFSET_OUT_OF_RANGE"
        assert found.metadata["size_bytes"] == str(size)


@pytest.mark.parametrize(
    ("asset_id", "offset", "length", "field"),
    [("", 0, 0, "asset_id"), ("x", 0, 0, "asset_id"), (GONE, -1, 0, "offset"), (GONE, 0, -(1 << 63), "length")],
)
async def test_bad_ranges(alice: Person, asset_id: str, offset: int, length: int, field: str) -> None:
    """Ids and numbers that can't be are refused by name."""
    found = await failure(Received().receive(alice, asset_id, offset, length))
    assert (found.brief, found.fields) == ("INVALID_ARGUMENT INVALID_ARGUMENT", [field])


async def test_not_complete(alice: Person) -> None:
    """A file is not readable before it is complete, also when all its bytes are in."""
    for asset_id in (await alice.create(), await alice.paused(some_bytes(PART), PART)):
        found = await failure(Received().receive(alice, asset_id))
        assert found.brief == "FAILED_PRECONDITION FILE_NOT_COMPLETE"


async def test_deleted_meanwhile(vault: Vault, alice: Person) -> None:
    """A download whose asset is deleted ends with NOT_FOUND after nothing but right bytes."""
    data = some_bytes(3 * PART)
    asset_id = await alice.stored(data)
    call = alice.call("DownloadAsset", pb.DownloadAssetRequest(asset_id=asset_id))
    await call.read()
    got = bytearray((await call.read()).chunk.data)
    await alice.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=asset_id, force=True))
    await vault.deliver()

    async def rest() -> None:
        while (message := await call.read()) is not grpc.aio.EOF:
            got.extend(message.chunk.data)

    assert (await failure(rest())).brief == "NOT_FOUND ASSET_NOT_FOUND"
    assert data.startswith(got)
    assert vault.stored_files() == []


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_a_reader_that_leaves(alice: Person, taken: int) -> None:
    """A client that stops reading at any message leaves nothing open, whether it cancels or its time is over."""
    asset_id = await alice.stored(some_bytes(3 * PART))
    request = pb.DownloadAssetRequest(asset_id=asset_id)
    call = alice.call("DownloadAsset", request)
    for _ in range(taken):
        await call.read()
    call.cancel()
    call = alice.call("DownloadAsset", request, timeout=1.0)
    for _ in range(taken):
        await call.read()
    assert await call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        while await call.read() is not grpc.aio.EOF:
            pass
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert await alice.download(asset_id) == some_bytes(3 * PART)


async def test_no_more_than_the_process_bears(vault: Vault, alice: Person) -> None:
    """One download too many is told when to come again, and there is room when one ends, however it does."""
    slots = vault.parts.assets.servicer._downloads.slots
    slots.limit = 1
    asset_id = await alice.stored(some_bytes(3 * PART))
    call = alice.call("DownloadAsset", pb.DownloadAssetRequest(asset_id=asset_id))
    await call.read()
    found = await failure(alice.download(asset_id))
    assert found.brief == "RESOURCE_EXHAUSTED TOO_MANY_CALLS"
    assert found.retry_after > 0
    call.cancel()
    await until(lambda: slots.running == 0)
    assert (await failure(alice.download(GONE))).reason == "ASSET_NOT_FOUND"
    assert await alice.download(asset_id) == some_bytes(3 * PART)
    assert slots.running == 0


async def test_many_at_once(alice: Person) -> None:
    """Downloads beside each other do not mix."""
    data = some_bytes(SIZE)
    asset_ids = [await alice.stored(data), await alice.stored(data[::-1])]
    found = await asyncio.gather(*(alice.download(asset_ids[number % 2], number) for number in range(8)))
    assert found == [(data[::-1] if number % 2 else data)[number:] for number in range(8)]
