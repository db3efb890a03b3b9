"""The MongoDB and the S3 are away when a server starts, go away later, or say nothing any more."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from e2e.server_process import ServerProcess
from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from fault_proxy import Fault, FaultProxy
from mongod import Mongod, running_mongod
from rpc.vault import failure
from s3_server import S3Server
from survival.figures import Figures, Row
from survival.load import FILE_NAME, PASSWORD
from survival.raw import RawClient, raw_client
from survival.replicas import SharedEngines, health_of, running_replica, wait_for_health
from survival.scale import SCALE

SHORT_SECONDS = 1.0
"""A deadline before the database's own time is over."""

LONG_SECONDS = 20.0
"""One after that."""

UNAVAILABLE = "UNAVAILABLE ENGINE_UNAVAILABLE"
LOG_IN = users_pb2.LoginRequest(username="ann", password=PASSWORD)
REGISTER = users_pb2.RegisterUserRequest(username="ann", email="ann@example.org", password=PASSWORD)
CREATE = pb.CreateAssetRequest(asset=pb.Asset(title="film", file=FILE_NAME))

long_only = pytest.mark.skipif(not SCALE.is_long, reason="waits for many time-outs: see make test-survival")


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    """One that may be harmed."""
    with running_mongod(tmp_path_factory.mktemp("mongod")) as found:
        yield found


@pytest.fixture
def engines(mongod: Mongod, s3: S3Server, s3_door: FaultProxy) -> SharedEngines:
    """On that one."""
    return SharedEngines(mongod.url, f"emo-{secrets.token_hex(4)}", s3.new_bucket(), s3_door.url)


@pytest.fixture
def replica(engines: SharedEngines, tmp_path: Path) -> Iterator[ServerProcess]:
    with running_replica(tmp_path / "replica", engines) as found:
        yield found


@pytest.fixture
async def ann(replica: ServerProcess) -> AsyncIterator[RawClient]:
    async with raw_client(replica.address) as client:
        await client.user("RegisterUser", REGISTER)
        await client.log_in("ann", PASSWORD)
        yield client


def calls(ann: RawClient, asset_id: str, seconds: float | None) -> list[Any]:
    """Some that read and some that write, with and without a token."""
    asset = pb.Asset(asset_id=asset_id, title="other")
    name = f"u{uuid4().hex[:8]}"
    register = users_pb2.RegisterUserRequest(username=name, email=f"{name}@example.org", password=PASSWORD)
    return [
        ann.user("GetMe", users_pb2.GetMeRequest(), seconds),
        ann.user("Login", LOG_IN, seconds),
        ann.user("RegisterUser", register, seconds),
        ann.asset("CreateAsset", CREATE, seconds),
        ann.asset("UpdateAsset", pb.UpdateAssetRequest(asset=asset), seconds),
        ann.asset("GetAsset", pb.GetAssetRequest(asset_id=asset_id), seconds),
        ann.asset("ListAssets", pb.ListAssetsRequest(), seconds),
        ann.asset("GetUploadStatus", pb.GetUploadStatusRequest(asset_id=asset_id), seconds),
    ]


@contextmanager
def frozen(mongod: Mongod) -> Iterator[None]:
    """It takes connections, and says nothing."""
    os.kill(mongod.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(mongod.pid, signal.SIGCONT)


@contextmanager
def stuck(mongod: Mongod, *commands: str) -> Iterator[None]:
    """These commands of it take longer than anybody waits."""
    data = {"failCommands": list(commands), "blockConnection": True, "blockTimeMS": 8_000, "appName": "emo"}
    mongod.ask({"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": data})
    try:
        yield
    finally:
        mongod.ask({"configureFailPoint": "failCommand", "mode": "off"})


async def test_no_call_hangs_on_a_silent_mongodb(ann: RawClient, mongod: Mongod, figures: Figures) -> None:
    """Each ends with its deadline, or by itself with UNAVAILABLE that says when to come back, and then all is well."""
    asset_id = (await ann.asset("CreateAsset", CREATE)).asset_id
    began = time.monotonic()
    with frozen(mongod):
        late = [code(call) for call in calls(ann, asset_id, SHORT_SECONDS)]
        own = [failure(call) for call in (*calls(ann, asset_id, LONG_SECONDS), *calls(ann, asset_id, None))]
        codes, endings = await asyncio.gather(asyncio.gather(*late), asyncio.gather(*own))
        seconds = time.monotonic() - began
    assert set(codes) == {"DEADLINE_EXCEEDED"}
    assert {ending.brief for ending in endings} == {UNAVAILABLE}
    assert all(ending.retry_after > 0 for ending in endings)
    assert (await ann.asset("GetAsset", pb.GetAssetRequest(asset_id=asset_id))).asset.title == "film"
    figures.add(
        Row(
            place=31,
            done="MongoDB frozen (SIGSTOP)",
            often=f"{len(codes) + len(endings)} unary calls of 8 kinds",
            seen=f"DEADLINE_EXCEEDED by deadlines of {SHORT_SECONDS:g} s; by others and without one UNAVAILABLE with"
            f" RetryInfo, the last after {seconds:.1f} s",
            back="at once",
            lost="nothing",
        )
    )


@long_only
@pytest.mark.parametrize("command", ["insert", "commitTransaction"])
async def test_no_write_hangs_in_its_middle(ann: RawClient, mongod: Mongod, command: str) -> None:
    """Nor when the database says nothing to a write of a transaction, or to its commit."""
    with stuck(mongod, command):
        ending = await failure(ann.asset("CreateAsset", CREATE))
    assert (ending.brief, ending.retry_after > 0) == (UNAVAILABLE, True)


@long_only
async def test_a_silent_s3_keeps_nothing_else(engines: SharedEngines, s3_door: FaultProxy, tmp_path: Path) -> None:
    """A server starts without it, does all that needs no file, and says NOT_SERVING until it says something."""
    s3_door.inject(Fault(times=1_000, after_sent=0, stalls=True))
    with running_replica(tmp_path / "replica", engines) as replica, health_of(replica.address) as health:
        assert health() == "NOT_SERVING"
        async with raw_client(replica.address) as client:
            await client.user("RegisterUser", REGISTER)
            await client.log_in("ann", PASSWORD)
            assert (await client.asset("CreateAsset", CREATE)).asset_id
        s3_door.inject(Fault(times=0))
        await asyncio.to_thread(wait_for_health, health, "SERVING")


async def code(call: Awaitable[Any]) -> str:
    """Of a failure that nobody but the client itself tells of."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return str(caught.value.code().name)


@long_only
async def test_health_follows_the_engines(
    engines: SharedEngines, mongod: Mongod, s3_door: FaultProxy, tmp_path: Path, figures: Figures
) -> None:
    """A server starts while both are away, says so at once, and serves by itself when both are back."""
    mongod.kill()
    s3_door.is_down = True
    with running_replica(tmp_path / "replica", engines) as replica, health_of(replica.address) as health:
        assert health() == "NOT_SERVING"
        async with raw_client(replica.address) as client:
            refused = await failure(client.user("Login", LOG_IN))
            assert (refused.brief, refused.retry_after > 0) == (UNAVAILABLE, True)
            mongod.start()
            await asyncio.to_thread(mongod.wait_for_primary)
            assert health() == "NOT_SERVING"
            s3_door.is_down = False
            backs = [await asyncio.to_thread(wait_for_health, health, "SERVING")]
            await client.user("RegisterUser", REGISTER)
            for _ in range(2):
                s3_door.is_down = True
                s3_door.drop_all()
                await asyncio.to_thread(wait_for_health, health, "NOT_SERVING")
                s3_door.is_down = False
                backs.append(await asyncio.to_thread(wait_for_health, health, "SERVING"))
                mongod.kill()
                await asyncio.to_thread(wait_for_health, health, "NOT_SERVING")
                mongod.start()
                await asyncio.to_thread(mongod.wait_for_primary)
                backs.append(await asyncio.to_thread(wait_for_health, health, "SERVING"))
            await client.log_in("ann", PASSWORD)
    figures.add(
        Row(
            place=30,
            done="MongoDB and S3 away at the start, then each of them later",
            often=f"{len(backs)} times",
            seen="NOT_SERVING; UNAVAILABLE with RetryInfo",
            back=f"{min(backs):.1f} to {max(backs):.1f} s after the engine",
            lost="nothing",
        )
    )
