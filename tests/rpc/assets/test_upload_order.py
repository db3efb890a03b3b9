"""What an upload stream may say, in what order, and what it gets for the rest."""

import google_crc32c
import grpc
import pytest

from emo.assets.v1 import assets_pb2 as pb
from rpc.assets.waiting import started
from rpc.vault import MIB, PART, Person, Stream, Vault, chunk, chunks, failure, finish, open_vault, some_bytes, start

INVALID = "INVALID_ARGUMENT UPLOAD_PROTOCOL_VIOLATION"
NOTHING = pb.UploadAssetRequest()
GONE = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"


async def test_the_plain_way(alice: Person) -> None:
    """Start, chunks and finish make a complete file with the server's own checksum."""
    data = some_bytes(3 * MIB + 5)
    asset_id = await alice.create(len(data))
    answer = await alice.send([start(asset_id), *chunks(data, 700_000), finish(google_crc32c.value(data))])
    assert (answer.persisted_size, answer.complete) == (len(data), True)
    asset = await alice.asset(asset_id)
    assert asset.state == pb.ASSET_STATE_READY
    assert (asset.file.size_bytes, asset.file.crc32c) == (len(data), google_crc32c.value(data))
    status = await alice.status(asset_id)
    assert (status.persisted_size, status.complete, status.HasField("expire_time")) == (len(data), True, False)
    assert await alice.download(asset_id) == data


@pytest.mark.parametrize("size", [0, 1, PART, 2 * PART])
@pytest.mark.parametrize("is_declared", [True, False])
async def test_sizes(alice: Person, size: int, is_declared: bool) -> None:
    """Empty files and whole parts come back as they were sent, whether or not their size was known."""
    asset_id = await alice.create(size if is_declared else 0)
    assert (await alice.upload(asset_id, some_bytes(size))).complete
    assert await alice.download(asset_id) == some_bytes(size)


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "start"),
        ([NOTHING], "start"),
        ([chunk(b"x")], "start"),
        ([finish()], "start"),
        ([start("{}"), start("{}")], "start"),
        ([start("{}"), chunk(b"x"), start("{}")], "start"),
        ([start("{}"), NOTHING], "payload"),
        ([start("{}"), finish(), chunk(b"x")], "finish"),
        ([start("{}"), finish(), finish()], "finish"),
        ([start("{}"), finish(), start("{}")], "finish"),
        ([start("{}"), finish(), NOTHING], "finish"),
        ([start("{}"), chunk(bytes(2 * MIB + 1))], "chunk.data"),
    ],
)  # fmt: skip
async def test_order(alice: Person, messages: list[pb.UploadAssetRequest], field: str) -> None:
    """Any other order, and a chunk that is too large, is a violation that names its message, and changes nothing."""
    asset_id = await alice.paused(some_bytes(PART))
    sent = []
    for message in messages:
        copy = pb.UploadAssetRequest.FromString(message.SerializeToString())
        if copy.WhichOneof("payload") == "start":
            copy.start.asset_id, copy.start.offset = asset_id, PART
        sent.append(copy)
    found = await failure(alice.send(sent))
    assert (found.brief, found.fields) == (INVALID, [field])
    status = await alice.status(asset_id)
    assert (status.persisted_size, status.complete) == (PART, False)
    assert (await alice.upload(asset_id, b"end", PART)).complete


async def test_the_largest_chunk(alice: Person) -> None:
    """A chunk of 2 MiB is taken, and one of nothing too."""
    data = some_bytes(2 * MIB)
    asset_id = await alice.create()
    await alice.send([start(asset_id), chunk(b""), chunk(data), chunk(b"", 0), finish(google_crc32c.value(data))])
    assert await alice.download(asset_id) == data


@pytest.mark.parametrize(
    ("asset_id", "offset", "brief", "field"),
    [
        ("", 0, "INVALID_ARGUMENT INVALID_ARGUMENT", "start.asset_id"),
        ("../../x", 0, "INVALID_ARGUMENT INVALID_ARGUMENT", "start.asset_id"),
        ("x" * 100_000, 0, "INVALID_ARGUMENT INVALID_ARGUMENT", "start.asset_id"),
        (GONE, -1, "INVALID_ARGUMENT INVALID_ARGUMENT", "start.offset"),
        (GONE, -(1 << 63), "INVALID_ARGUMENT INVALID_ARGUMENT", "start.offset"),
        (GONE, 0, "NOT_FOUND ASSET_NOT_FOUND", None),
    ],
)
async def test_bad_starts(alice: Person, asset_id: str, offset: int, brief: str, field: str | None) -> None:
    """Ids and offsets that can't be, and assets that are not, are refused before any byte."""
    found = await failure(alice.send([start(asset_id, offset), chunk(b"x"), finish()]))
    assert (found.brief, found.fields) == (brief, [field] if field else [])


@pytest.mark.parametrize("offset", [1, PART + 1, (1 << 63) - 1])
async def test_a_gap(alice: Person, offset: int) -> None:
    """A start beyond what is persisted says where to go on."""
    persisted = PART if offset > PART else 0
    asset_id = await alice.paused(some_bytes(persisted))
    found = await failure(alice.send([start(asset_id, offset), chunk(b"x")]))
    assert found.brief == "OUT_OF_RANGE OFFSET_OUT_OF_RANGE"
    assert found.metadata["persisted_size"] == str(persisted)


async def test_a_bad_chunk(alice: Person) -> None:
    """A chunk that is not what its checksum says is data loss, and what was persisted stays."""
    data = some_bytes(PART + 10)
    asset_id = await alice.create(len(data))
    found = await failure(alice.send([start(asset_id), *chunks(data[:PART]), chunk(data[PART:], 1), finish()]))
    assert found.brief == "DATA_LOSS CHUNK_CHECKSUM_MISMATCH"
    assert (await alice.status(asset_id)).persisted_size == PART
    await alice.upload(asset_id, data[PART:], PART)
    assert await alice.download(asset_id) == data


async def test_a_bad_file(vault: Vault, alice: Person) -> None:
    """A file that is not what its checksum says is data loss, starts over, and leaves no bytes behind."""
    data = some_bytes(PART + 10)
    asset_id = await alice.create()
    found = await failure(alice.send([start(asset_id), *chunks(data), finish(1)]))
    assert found.brief == "DATA_LOSS FILE_CHECKSUM_MISMATCH"
    status = await alice.status(asset_id)
    assert (status.persisted_size, status.complete, status.HasField("expire_time")) == (0, False, False)
    await vault.parts.assets.uploads.settled()
    await vault.deliver()
    assert vault.stored_files() == []
    await alice.upload(asset_id, data)
    assert await alice.download(asset_id) == data


@pytest.mark.parametrize(("sent", "field"), [(PART + 11, "chunk.data"), (PART + 9, "finish"), (0, "finish")])
async def test_another_size_than_declared(alice: Person, sent: int, field: str) -> None:
    """More bytes than declared, and fewer at the finish, are refused with the size; the upload goes on."""
    data = some_bytes(PART + 10)
    asset_id = await alice.create(len(data))
    found = await failure(alice.send([start(asset_id), *chunks(some_bytes(sent)), finish()]))
    assert (found.brief, found.fields) == ("INVALID_ARGUMENT SIZE_MISMATCH", [field])
    assert found.metadata["expected_size"] == str(len(data))
    persisted = (await alice.status(asset_id)).persisted_size
    assert persisted == (PART if sent else 0)
    await alice.upload(asset_id, data[persisted:], persisted)
    assert await alice.download(asset_id) == data


async def test_overlap(alice: Person) -> None:
    """What lies below the persisted size is skipped, whatever it holds."""
    data = some_bytes(PART + 10)
    asset_id = await alice.paused(data[:PART], len(data))
    answer = await alice.send([start(asset_id, PART - 5), chunk(b"xxxxx" + data[PART:]), finish()])
    assert answer.complete
    assert await alice.download(asset_id) == data


async def test_pause(alice: Person) -> None:
    """A stream that ends without finish is OK, keeps whole parts, and says how many bytes that is, and until when."""
    asset_id = await alice.create()
    answer = await alice.send([start(asset_id), *chunks(some_bytes(PART + 10))])
    assert (answer.persisted_size, answer.complete) == (PART, False)
    status = await alice.status(asset_id)
    assert (status.persisted_size, status.complete, status.HasField("expire_time")) == (PART, False, True)
    assert (await alice.send([start(asset_id, PART)])).persisted_size == PART


async def test_after_the_end(alice: Person) -> None:
    """A complete file stays as it is: finishing or pausing again is OK, and any other file is refused."""
    data = some_bytes(1000)
    asset_id = await alice.stored(data)
    for ending in ([finish()], [finish(google_crc32c.value(data))], []):
        answer = await alice.send([start(asset_id, len(data)), *ending])
        assert (answer.persisted_size, answer.complete) == (len(data), True)
    assert (await alice.upload(asset_id, data)).complete
    for other in ([chunk(b"x")], [finish(1)]):
        found = await failure(alice.send([start(asset_id, len(data)), *other]))
        assert found.brief == "FAILED_PRECONDITION FILE_ALREADY_COMPLETE"
    request = pb.CancelUploadRequest(asset_id=asset_id)
    assert (await failure(alice.call("CancelUpload", request))).reason == "FILE_ALREADY_COMPLETE"
    assert await alice.download(asset_id) == data


async def test_cancel(vault: Vault, alice: Person) -> None:
    """A cancelled upload is back at nothing, its bytes are removed, and a stream that still runs is superseded."""
    asset_id = await alice.paused(some_bytes(PART))
    running = Stream(alice, start(asset_id, PART), *chunks(some_bytes(PART // 2)))
    await started(vault, asset_id, 2)
    for _ in range(2):
        await alice.call("CancelUpload", pb.CancelUploadRequest(asset_id=asset_id))
    await vault.deliver()
    running.send(*chunks(some_bytes(PART // 2 + 1)), finish())
    assert (await failure(running.end())).brief == "ABORTED UPLOAD_SUPERSEDED"
    await vault.parts.assets.uploads.settled()
    assert (await alice.status(asset_id)).persisted_size == 0
    assert vault.stored_files() == []
    await alice.upload(asset_id, b"new")
    assert await alice.download(asset_id) == b"new"


@pytest.mark.parametrize("before", [[], ["start"], ["start", "chunk"]])
async def test_undecodable_bytes(alice: Person, before: list[str]) -> None:
    """Bytes that are no message are told as such, wherever they come, and change nothing."""
    asset_id = await alice.paused(some_bytes(PART))
    known = {"start": start(asset_id, PART), "chunk": chunk(b"x")}
    for nonsense in (b"\xff\xff\xff", b"\x12\x05\x0a\xff", b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x12"):
        messages = [*(known[name].SerializeToString() for name in before), nonsense]
        found = await failure(Stream(alice, *messages, raw=True).end())
        assert found.brief == "INVALID_ARGUMENT UNDECODABLE_MESSAGE"
    assert (await alice.status(asset_id)).persisted_size == PART


async def test_a_message_over_the_limit(alice: Person) -> None:
    """A message that no client may send is refused by gRPC itself, and the upload stays."""
    asset_id = await alice.create()
    stream = Stream(alice, start(asset_id), chunk(bytes(5 * MIB)))
    with pytest.raises(grpc.RpcError):
        await stream.end()
    assert stream.call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    await alice.upload(asset_id, b"x")


async def test_quota(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is declared and what arrives both count against the owner's storage, and the error says whose it is."""
    async with open_vault(tmp_path_factory.mktemp("small"), user_storage_mb=20) as vault:
        alice, bob = await vault.person("alice"), await vault.person("bob")
        found = await failure(alice.create(20 * MIB + 1))
        assert (found.brief, found.subjects) == ("RESOURCE_EXHAUSTED QUOTA_EXCEEDED", [f"user:{alice.user_id}"])
        assert found.metadata == {"used_bytes": "0", "quota_bytes": str(20 * MIB)}
        asset_id = await alice.create()
        await alice.create(5 * MIB)
        found = await failure(alice.upload(asset_id, some_bytes(2 * PART)))
        assert (found.brief, found.subjects) == ("RESOURCE_EXHAUSTED QUOTA_EXCEEDED", [f"user:{alice.user_id}"])
        assert (await alice.status(asset_id)).persisted_size == PART
        stats = await alice.call("GetAssetStats")
        assert (stats.used_bytes, stats.quota_bytes) == (PART + 5 * MIB, 20 * MIB)
        await bob.create(20 * MIB)
