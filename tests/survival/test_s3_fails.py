"""The S3 stops, refuses and breaks off under transfers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from random import Random

import pytest

from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.client import EmoClient, EmoClientError, Progress
from fault_proxy import Fault, FaultProxy
from rpc.vault import chunks, failure, finish, start
from survival.figures import Figures, Row
from survival.load import FILE_NAME, PASSWORD, Dripping
from survival.raw import raw_client
from survival.replicas import SharedEngines, running_replica
from survival.scale import SCALE

MIB = 1 << 20
DATA = Random(31).randbytes((SCALE.file_parts * 8 + 3) * MIB)
PAUSE = 0.01
NAME = "ann"
AWAY_SECONDS = 3.0 if SCALE.is_long else 1.0

Break = Callable[[FaultProxy], Awaitable[None]]


async def stopped_and_started(door: FaultProxy) -> None:
    """Refuses all connections for a while."""
    door.is_down = True
    door.drop_all()
    await asyncio.sleep(AWAY_SECONDS)  # how long it is away is what is tried
    door.is_down = False


async def answering_503(door: FaultProxy) -> None:
    """More often than a request is repeated."""
    door.inject(Fault(times=5, answers_503=True))


async def cutting_what_is_sent(door: FaultProxy) -> None:
    """In the middle of a part."""
    door.inject(Fault(times=5, after_sent=3 * MIB))


async def cutting_what_comes(door: FaultProxy) -> None:
    """In the middle of an answer."""
    door.inject(Fault(times=5, after_received=MIB))


async def falling_silent(door: FaultProxy) -> None:
    """In the middle of a part, and of an answer, without closing the connection."""
    door.inject(Fault(times=2, after_sent=3 * MIB, after_received=MIB, stalls=True))


SHORT_WAYS = ("stopped and started", "cutting connections in the middle of an answer")
long_only = pytest.mark.skipif(not SCALE.is_long, reason="waits for many retries: see make test-survival")
WAYS = {
    "stopped and started": stopped_and_started,
    "answering 503 five times": answering_503,
    "cutting connections in the middle of a part": cutting_what_is_sent,
    "cutting connections in the middle of an answer": cutting_what_comes,
    "falling silent in the middle of a part": falling_silent,
}


@pytest.fixture(scope="module")
def replica(engines: SharedEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One for all ways."""
    with running_replica(tmp_path_factory.mktemp("replica"), engines) as found:
        yield found


@pytest.fixture
async def ann(replica: ServerProcess) -> AsyncIterator[EmoClient]:
    async with EmoClient.connect(replica.address) as client:
        with suppress(EmoClientError):  # she may have an account from the test before
            await client.users.register(NAME, "ann@example.org", PASSWORD)
        await client.login(NAME, PASSWORD)
        yield client


@pytest.mark.parametrize("way", [pytest.param(way, marks=() if way in SHORT_WAYS else long_only) for way in WAYS])
async def test_transfers_come_to_their_end(ann: EmoClient, s3_door: FaultProxy, way: str, figures: Figures) -> None:
    """An upload and a download that the S3 broke off go on by themselves, and no byte is another one."""
    breaks: list[asyncio.Task[None]] = []

    def break_once(progress: Progress) -> None:
        if progress.done >= 9 * MIB and not breaks:
            breaks.append(asyncio.ensure_future(WAYS[way](s3_door)))

    sent = await ann.upload(Dripping(DATA, PAUSE), pb.Asset(title="film", file=FILE_NAME), on_progress=break_once)
    await breaks[0]
    received = bytearray()
    async with aclosing(ann.download_chunks(sent.asset_id)) as pieces:
        async for piece in pieces:
            if not received:
                breaks.append(asyncio.ensure_future(WAYS[way](s3_door)))
            received += piece
    await breaks[1]
    assert bytes(received) == DATA
    figures.add(
        Row(
            place=20 + list(WAYS).index(way),
            done=f"S3 {way}",
            often="once in an upload and once in a download",
            seen="with `emo_grpc.client`: nothing",
            back="at once, or with the S3",
            lost=f"0 of {2 * len(DATA) // MIB} MiB",
        )
    )


async def test_transfers_fail_clean_while_it_is_away(
    ann: EmoClient, replica: ServerProcess, s3_door: FaultProxy
) -> None:
    """Without our client too: UNAVAILABLE that says when to come back, and then it goes on from what is persisted."""
    async with raw_client(replica.address) as raw:
        await raw.log_in(NAME, PASSWORD)
        create = pb.CreateAssetRequest(asset=pb.Asset(title="film", file=FILE_NAME))
        asset_id = (await raw.asset("CreateAsset", create)).asset_id
        first = [start(asset_id), *chunks(DATA[: 9 * MIB])]
        assert (await raw.upload(first)).persisted_size == 8 * MIB
        with away(s3_door):
            more = [start(asset_id, 8 * MIB), *chunks(DATA[8 * MIB : 17 * MIB])]
            refused = await failure(raw.upload(more, ends=False))
        status = await ann.assets.upload_status(asset_id)
        rest = [start(asset_id, status.persisted_size), *chunks(DATA[status.persisted_size :]), finish()]
        assert (await raw.upload(rest)).complete
        with away(s3_door):
            unreadable = await failure(raw.download(asset_id))
        assert await raw.download(asset_id) == DATA
    assert status.persisted_size == 8 * MIB
    for error in (refused, unreadable):
        assert error.brief == "UNAVAILABLE ENGINE_UNAVAILABLE"
        assert error.retry_after > 0


@contextmanager
def away(door: FaultProxy) -> Iterator[None]:
    door.is_down = True
    door.drop_all()
    yield
    door.is_down = False
