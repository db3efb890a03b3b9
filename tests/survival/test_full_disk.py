"""Engines of our own on a disk that is full."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, closing
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar
from uuid import uuid4

import pytest

from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.adapters.filesystem.durable_files import RESERVED
from emo_grpc.client import BytesSource, EmoClient, EmoClientError
from survival.figures import Figures, Row
from survival.load import FILE_NAME, PASSWORD
from survival.replicas import health_of
from survival.small_disk import KINDS, MIB, SmallDisk, small_disk
from waiting import PATIENCE_SECONDS, until_answered

PART = 8 * MIB
FILM = Random(41).randbytes(2 * PART + 5)
PHOTO = FILM[: MIB + 1]
LESS = (MIB, MIB // 8, 1000)
LONG_TEXT = "d" * 4000
NAME = "ann"
FULL = "RESOURCE_EXHAUSTED STORAGE_FULL"
AT_ONCE = 8

Answer = TypeVar("Answer")
Calls = dict[str, Callable[[], Awaitable[object]]]


@pytest.fixture(params=KINDS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def server(disk: SmallDisk, tmp_path: Path) -> Iterator[ServerProcess]:
    """With the database and the files on the same small disk."""
    made = ServerProcess(tmp_path / "server", {"DATA_FOLDER": str(disk.folder / "data")})
    made.start()
    yield made
    made.kill()


@pytest.fixture
async def ann(server: ServerProcess) -> AsyncIterator[EmoClient]:
    async with EmoClient.connect(server.address) as client:
        await client.users.register(NAME, "ann@example.org", PASSWORD)
        await client.login(NAME, PASSWORD)
        yield client


async def test_files_leave_room_to_delete_one(disk: SmallDisk, server: ServerProcess, ann: EmoClient) -> None:
    """However many are uploaded, the database can still write; when one was deleted, the upload that was refused goes
    on from what is persisted, and nothing of it was visible before."""
    kept, dropped = await uploaded(ann, PHOTO), await uploaded(ann, FILM)
    disk.fill(but=RESERVED + PART + 4 * MIB)
    asset_id = await created(ann)
    assert await outcome(resumed(ann, asset_id)) == FULL
    status = await ann.assets.upload_status(asset_id)
    assert (status.persisted_size, status.complete, len(unfinished_parts(disk))) == (PART, False, 1)
    for size in LESS:
        while await outcome(partial(uploaded, ann, FILM[:size])) == "OK":
            pass
    assert await outcome(partial(downloaded, ann, asset_id)) == "FAILED_PRECONDITION FILE_NOT_COMPLETE"
    await ann.users.login(NAME, PASSWORD)
    assert is_serving(server)
    await ann.assets.purge(dropped, force=True)
    disk.wait_for(RESERVED + PART + 4 * MIB)
    await resumed(ann, asset_id)()
    assert [await downloaded(ann, each) for each in (asset_id, kept)] == [FILM, PHOTO]


async def test_a_full_disk_loses_nothing(
    disk: SmallDisk, server: ServerProcess, ann: EmoClient, figures: Figures
) -> None:
    """With not one block left all writes are refused and all reads answered, also by a server that is killed and
    started then; with room again, everything goes on and the database is whole."""
    kept, asset_id = await uploaded(ann, PHOTO), await created(ann, pb.File(size_bytes=len(FILM)))
    assert await outcome(resumed(ann, asset_id, FILM[:PART])) == "INVALID_ARGUMENT SIZE_MISMATCH"
    disk.fill(but=2 * MIB)
    writer = Writer(ann, kept, asset_id)
    for attempt in (1, 2):
        await writer.writes_until_refused()
        assert await stored(ann) == {kept, asset_id, *writer.acknowledged}
        assert (await ann.assets.get(kept)).title == writer.title
        assert await downloaded(ann, kept) == PHOTO
        assert is_serving(server)
        if attempt == 1:
            await start_again(server, ann)
    disk.make_room()
    seconds = await seconds_until_written(ann)
    assert await outcomes(writer.calls) == dict.fromkeys(writer.calls, "OK")
    assert [await downloaded(ann, each) for each in (asset_id, kept)] == [FILM, PHOTO]
    server.kill()
    assert integrity(disk) == "ok"
    note(figures, disk, seconds, len(writer.acknowledged))


async def test_who_is_told_yes_among_many_at_once_has_it(
    disk: SmallDisk, server: ServerProcess, ann: EmoClient
) -> None:
    """Of small files and assets that many bring at the same time, and whose transactions share a COMMIT, all that were
    acknowledged before the disk was full are there after a kill, whole, and no others."""
    disk.fill(but=RESERVED + 3 * MIB)
    files = {asset_id: data for found in await at_once(partial(letters, ann)) for asset_id, data in found.items()}
    before = await stored(ann)
    disk.fill(but=2 * MIB)
    made = {asset_id for found in await at_once(partial(assets, ann)) for asset_id in found}
    assert files
    assert made
    await start_again(server, ann)
    assert await stored(ann) == before | made
    assert {asset_id: await downloaded(ann, asset_id) for asset_id in files} == files
    assert is_serving(server)
    disk.make_room()
    await seconds_until_written(ann)
    server.kill()
    assert integrity(disk) == "ok"


class Writer:
    """Writes of all kinds, and what was acknowledged: the ids of assets that were made, and the title of one."""

    def __init__(self, client: EmoClient, kept: str, unfinished: str) -> None:
        self._client = client
        self._kept = kept
        self.title = "film"
        self.acknowledged: list[str] = []
        self.calls: Calls = {
            "CreateAsset": self._create,
            "UpdateAsset": self._update,
            "Login": partial(client.users.login, NAME, PASSWORD),
            "UploadAsset": resumed(client, unfinished),
            "DeleteAsset": self._delete,
        }

    async def writes_until_refused(self) -> None:
        """Write until not even the smallest is taken; how much a write takes differs a little each time."""
        while await outcome(self._create) == "OK":
            pass
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (last := await outcomes(self.calls)) != dict.fromkeys(self.calls, FULL):
                assert set(last.values()) == {"OK", FULL}

    async def _create(self) -> None:
        self.acknowledged.append(await created(self._client))

    async def _update(self) -> None:
        title = f"{uuid4()}"
        await self._client.assets.update(pb.Asset(asset_id=self._kept, title=title), ["title"])
        self.title = title

    async def _delete(self) -> None:
        await self._client.assets.delete(self.acknowledged[-1])
        self.acknowledged.pop()


async def uploaded(client: EmoClient, data: bytes) -> str:
    return (await client.upload(BytesSource(data), pb.Asset(title="film", file=FILE_NAME))).asset_id


async def created(client: EmoClient, file: pb.File = FILE_NAME) -> str:
    asset = pb.Asset(title="film", description=LONG_TEXT, file=file)
    asset.file.name = FILE_NAME.name
    return await client.assets.create(asset)


async def at_once(work: Callable[[int], Awaitable[Answer]]) -> list[Answer]:
    """What each of many has done."""
    return await asyncio.gather(*map(work, range(AT_ONCE)))


async def letters(client: EmoClient, number: int) -> dict[str, bytes]:
    """Upload small files until one is refused; gives those that were not."""
    found: dict[str, bytes] = {}

    async def send() -> None:
        data = FILM[number : number + MIB // 16 + len(found)]
        found[await uploaded(client, data)] = data

    while (last := await outcome(send)) == "OK":
        pass
    assert last == FULL
    return found


async def assets(client: EmoClient, _: int) -> set[str]:
    """Create assets until one is refused; gives the ids of those that were not."""
    found: set[str] = set()

    async def create() -> None:
        found.add(await created(client))

    while (last := await outcome(create)) == "OK":
        pass
    assert last == FULL
    return found


def resumed(client: EmoClient, asset_id: str, data: bytes = FILM) -> Callable[[], Awaitable[object]]:
    return partial(client.resume_upload, asset_id, BytesSource(data))


async def downloaded(client: EmoClient, asset_id: str) -> bytes:
    async with aclosing(client.download_chunks(asset_id)) as pieces:
        return b"".join([piece async for piece in pieces])


async def stored(client: EmoClient) -> set[str]:
    return {asset.asset_id async for asset in client.assets.list_all_pages()}


async def outcome(call: Callable[[], Awaitable[object]]) -> str:
    """OK, or the status code and the reason that it fails with."""
    try:
        await call()
    except EmoClientError as error:
        return f"{error.code.name} {error.reason}"
    return "OK"


async def outcomes(calls: Calls) -> dict[str, str]:
    return {name: await outcome(call) for name, call in calls.items()}


async def start_again(server: ServerProcess, client: EmoClient) -> None:
    """Kill the server, start it, and wait until the client has found it again, which waits between attempts."""
    server.kill()
    server.start()

    async def is_found() -> bool:
        return await outcome(partial(stored, client)) == "OK"

    await until_answered(is_found)


async def seconds_until_written(client: EmoClient) -> float:
    began = time.monotonic()
    while await outcome(partial(created, client)) != "OK":
        assert time.monotonic() < began + 10
    return time.monotonic() - began


def is_serving(server: ServerProcess) -> bool:
    with health_of(server.address) as health:
        return health() == "SERVING"


def unfinished_parts(disk: SmallDisk) -> list[Path]:
    return list((disk.folder / "data" / "files" / "uploads").glob("*/*"))


def integrity(disk: SmallDisk) -> str:
    with closing(sqlite3.connect(disk.folder / "data" / "emo.sqlite3")) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])


def note(figures: Figures, disk: SmallDisk, seconds: float, acknowledged: int) -> None:
    figures.add(
        Row(
            place=40 + KINDS.index(disk.kind),
            done=f"a disk ({disk.kind}) under SQLite and the files filled to its last block, then the server killed",
            often="once each, then room again",
            seen=f"writes and uploads {FULL}, reads and downloads as ever, health SERVING",
            back=f"{seconds:.2f} s after there was room",
            lost=f"0 of {acknowledged} acknowledged assets, 0 bytes; `integrity_check` ok",
        )
    )
