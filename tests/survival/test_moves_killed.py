"""`kill -9` in the middle of what is done to many assets at once: moves, renames, changes, deletions."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.assets.service_layer.many.moves import BATCH
from stored import stored
from survival.ledger import RETRIABLE
from survival.load import PASSWORD
from survival.raw import RawClient, raw_client
from survival.replicas import SHIFTED, SharedEngines
from survival.scale import SCALE
from waiting import until_answered

LEASE_SECONDS = 30
MANY = 2 * BATCH + 50
AT_ONCE = 16
SOURCE, DESTINATION = "Family/1994", "Archive/Family/94"
BELOW = ("", "/Beach", "/Beach/Café", "/Letters")


FACETS = (
    """
    SELECT owner_id, facet, value, count(*) FROM asset_facets GROUP BY 1, 2, 3
""",
    "SELECT owner_id, facet, value, asset_count FROM asset_facet_counts",
)
IN_FOLDERS = (
    """
    SELECT owner_id, folder, count(*) FROM asset_owners WHERE folder IS NOT NULL AND owner_id <> x'' GROUP BY 1, 2
""",
    "SELECT owner_id, folder, own_count FROM folder_usage WHERE own_count <> 0",
)
BELOW_FOLDERS = (
    """
    SELECT owner_id, value, count(*) FROM asset_facets WHERE facet = 'within' AND owner_id <> x'' GROUP BY 1, 2
""",
    "SELECT owner_id, folder, asset_count FROM folder_usage WHERE folder <> ''",
)
"""What a recount says, and what is counted."""
PLACES = """
    SELECT (SELECT count(*) FROM asset_trash)
        + (SELECT count(*) FROM asset_facets WHERE owner_id <> x'' AND facet = 'within' AND value IN (?, ?))
"""


@dataclass
class Archive:
    """Somebody with many assets on a server that is killed. Any: one method for all messages."""

    server: ServerProcess
    client: RawClient
    starts: int = 1

    async def ask(self, name: str, **fields: Any) -> Any:
        """The answer of a server that may still be starting, or have had two calls meet."""
        found: list[Any] = []

        async def has_answered() -> bool:
            try:
                found.append(await self.client.asset(name, getattr(pb, f"{name}Request")(**fields)))
            except grpc.aio.AioRpcError as error:
                if error.code() not in RETRIABLE:
                    raise
            return bool(found)

        await until_answered(has_answered, every=0.05)
        return found[0]

    async def killed_within(self, name: str, done: Callable[[], Awaitable[int]], **fields: Any) -> None:
        """Begin what the fields ask for, kill the server when a part of it is done, and start it again.

        The next one's clock is so far ahead that the lease of the killed one's deliveries is over.
        """
        request = getattr(pb, f"{name}Request")(**fields)
        call = asyncio.create_task(self.client.asset(name, request))
        await until_answered(done)
        self.server.kill()
        with pytest.raises(grpc.aio.AioRpcError):
            await call
        self.check_what_is_stored()
        self.server.command = (sys.executable, str(SHIFTED), str(self.starts * (LEASE_SECONDS + 1)))
        self.starts += 1
        await asyncio.to_thread(self.server.start)
        assert 0 < await done() <= MANY

    def check_what_is_stored(self) -> None:
        """While no server runs, on SQLite: each asset is in one place, and all counters are what a recount says."""
        if "MONGODB_URL" in self.server.environment:
            return
        with stored(self.server.folder / "data") as connection:
            for recount, counted in (FACETS, IN_FOLDERS, BELOW_FOLDERS):
                assert set(connection.execute(recount)) == set(connection.execute(counted))
            assert connection.execute(PLACES, (SOURCE, DESTINATION)).fetchone() == (MANY,)

    async def assets(self) -> list[pb.Asset]:
        """All of them but those in the trash."""
        found, token = [], ""
        while True:
            page = await self.ask("ListAssets", page_size=100, page_token=token)
            found += page.assets
            token = page.next_page_token
            if not token:
                return found

    async def in_folder(self, folder: str) -> int:
        """How many are in it and below it."""
        try:
            return int((await self.ask("ListFolders", folder=folder)).folder.count)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return 0

    async def with_tag(self, tag: str) -> int:
        return int({each.tag: each.count for each in (await self.ask("GetTagCloud")).tags}.get(tag, 0))

    async def left(self) -> int:
        return int((await self.ask("GetAssetStats")).total_count)


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.skipif(
    not SCALE.is_long, reason="waits until MongoDB ends transactions of the dead: see make test-survival"
))])  # fmt: skip
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    """One that nobody else uses."""
    environment = {"USER_CALLS_PER_SECOND": "100000", "TRUSTED_PROXIES": "127.0.0.0/8"}
    if request.param == "mongo":
        engines: SharedEngines = request.getfixturevalue("engines")
        environment |= engines.environment
    made = ServerProcess(tmp_path / "server", environment)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@asynccontextmanager
async def filled(server: ServerProcess) -> AsyncIterator[Archive]:
    async with raw_client(server.address) as client:
        await client.user(
            "RegisterUser", users_pb2.RegisterUserRequest(username="ann", email="a@example.org", password=PASSWORD)
        )
        await client.log_in("ann", PASSWORD)
        archive, turns = Archive(server, client), asyncio.Semaphore(AT_ONCE)

        async def create(number: int) -> None:
            folder = SOURCE + BELOW[number % len(BELOW)]
            asset = pb.Asset(title=f"{number}", file=pb.File(name="a.jpg"), folder=folder, tags=["old"])
            async with turns:
                await archive.ask("CreateAsset", asset=asset)

        await asyncio.gather(*map(create, range(MANY)))
        yield archive


async def test_what_is_done_to_many_goes_on_after_a_kill(server: ServerProcess) -> None:
    """A move and a rename end by themselves; a batch does when it is sent again. Each asset is changed once by each."""
    async with filled(server) as archive:
        await a_move(archive)
        await a_rename(archive)
        await a_change(archive)
        await a_deletion(archive)


async def a_move(archive: Archive) -> None:
    move = {"source": SOURCE, "destination": DESTINATION, "request_id": str(uuid4())}
    await archive.killed_within("MoveFolder", lambda: archive.in_folder(DESTINATION), **move)
    await until_answered(lambda: _is(archive.in_folder(DESTINATION), MANY))
    assert (await archive.ask("MoveFolder", **move)).remaining_count == 0
    assert await archive.in_folder("Family") == 0
    expected = Counter({f"{DESTINATION}{below}": len(range(at, MANY, len(BELOW))) for at, below in enumerate(BELOW)})
    assets = await archive.assets()
    assert Counter(asset.folder for asset in assets) == expected
    assert {asset.etag for asset in assets} == {"v2"}
    for folder, count in expected.items():
        assert (await archive.ask("ListFolders", folder=folder)).folder.direct_count == count


async def a_rename(archive: Archive) -> None:
    rename = {"tag": "old", "new_tag": "new", "request_id": str(uuid4())}
    await archive.killed_within("RenameTag", lambda: archive.with_tag("new"), **rename)
    await until_answered(lambda: _is(archive.with_tag("new"), MANY))
    assert (await archive.ask("RenameTag", **rename)).remaining_count == 0
    assert await archive.with_tag("old") == 0
    assert {(*asset.tags, asset.etag) for asset in await archive.assets()} == {("new", "v3")}


async def a_change(archive: Archive) -> None:
    asset_ids = [asset.asset_id for asset in await archive.assets()]
    change: dict[str, Any] = {
        "asset_ids": [*asset_ids, str(uuid4())],
        "asset": pb.Asset(location="Home"),
        "update_mask": FieldMask(paths=["location"]),
        "add_tags": ["sea"],
        "request_id": str(uuid4()),
    }
    await archive.killed_within("BatchUpdateAssets", lambda: archive.with_tag("sea"), **change)
    for _ in range(2):
        check_results(await archive.ask("BatchUpdateAssets", **change), change["asset_ids"])
        assert await archive.with_tag("sea") == MANY
        assert {(asset.location, asset.etag) for asset in await archive.assets()} == {("Home", "v4")}


async def a_deletion(archive: Archive) -> None:
    asset_ids = [asset.asset_id for asset in await archive.assets()]
    delete = {"asset_ids": [*asset_ids, str(uuid4())], "request_id": str(uuid4())}

    async def deleted() -> int:
        return MANY - await archive.left()

    await archive.killed_within("BatchDeleteAssets", deleted, **delete)
    for _ in range(2):
        check_results(await archive.ask("BatchDeleteAssets", **delete), delete["asset_ids"])
    stats = await archive.ask("GetAssetStats")
    assert (stats.total_count, stats.trash_count) == (0, MANY)
    assert not (await archive.ask("ListFolders")).folders
    assert not (await archive.ask("GetTagCloud")).tags


def check_results(answer: Any, asset_ids: Any) -> None:
    """All are done but the last, which nobody has."""
    assert [result.asset_id for result in answer.results] == list(asset_ids)
    assert [result.failure.reason for result in answer.results] == [*[""] * MANY, "ASSET_NOT_FOUND"]


async def _is(count: Awaitable[int], expected: int) -> bool:
    return await count == expected
