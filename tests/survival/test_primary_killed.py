"""The primary of the MongoDB dies under load."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.client import EmoClient
from s3_server import S3Server
from survival.figures import Figures, Row
from survival.ledger import Ledger
from survival.load import FILE_NAME, LETTER, PASSWORD, Load
from survival.raw import RawClient, raw_client
from survival.replica_set import ReplicaSet, running_replica_set
from survival.replicas import SharedEngines, running_replicas
from survival.scale import SCALE

BACK_SECONDS = 15.0
"""What is promised."""

DEADLINE_SECONDS = 3.0
"""Shorter than an operation of the database may take; others have no deadline at all."""

DRIP = 0.02


class Crowd:
    """Several clients of two replicas, at work."""

    def __init__(self, sdk: EmoClient, raw: RawClient, tasks: list[asyncio.Task[None]], load: Load) -> None:
        self.sdk = sdk
        self.raw = raw
        self.ledger = load.ledger
        self._load = load
        self._tasks = tasks

    async def rest(self) -> None:
        """Finish what is under way, and begin nothing more."""
        self._load.stop.set()
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def crowd(*addresses: str) -> AsyncIterator[Crowd]:
    """At work from the beginning of the block."""
    async with AsyncExitStack() as opened:
        client = await opened.enter_async_context(EmoClient.connect(",".join(addresses)))
        await client.users.register("ann", "ann@example.org", PASSWORD)
        await client.login("ann", PASSWORD)
        raws = [await opened.enter_async_context(raw_client(addresses[number % 2])) for number in range(5)]
        for raw in raws:
            await raw.log_in("ann", PASSWORD)
        load = Load(Ledger())
        works = [
            load.describes(client), load.describes(client), load.uploads(client, DRIP), load.uploads(client, 0, LETTER),
            load.registers(raws[0], None), load.registers(raws[1], DEADLINE_SECONDS),
            load.reads(raws[2], None), load.reads(raws[3], DEADLINE_SECONDS),
        ]  # fmt: skip
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield Crowd(client, raws[4], tasks, load)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def members(tmp_path: Path) -> AsyncIterator[ReplicaSet]:
    with running_replica_set(tmp_path / "mongo", election_ms=SCALE.election_ms) as found:
        yield found


async def seconds_until_written(raw: RawClient) -> float:
    """From now to the first write that succeeds."""
    began = time.monotonic()
    while time.monotonic() < began + BACK_SECONDS:
        try:
            await raw.asset("CreateAsset", pb.CreateAssetRequest(asset=pb.Asset(title="probe", file=FILE_NAME)), 1.0)
        except Exception:  # whatever it is, the crowd takes it down
            await asyncio.sleep(0.1)  # so that the crowd is not crowded out
        else:
            return time.monotonic() - began
    raise AssertionError(f"no write succeeds within {BACK_SECONDS} s")


async def test_no_acknowledged_write_is_lost(
    members: ReplicaSet, s3: S3Server, tmp_path: Path, figures: Figures
) -> None:
    """After kill -9 of the primary all is there, clients saw codes to try again after, and writes are taken again."""
    bucket = s3.new_bucket()
    engines = SharedEngines(members.url, f"emo-{secrets.token_hex(4)}", bucket, s3.url)
    waits = []
    with running_replicas(tmp_path, engines, 2) as replicas:
        async with crowd(*(replica.address for replica in replicas)) as people:
            for _ in range(SCALE.kills):
                await asyncio.sleep(SCALE.load_seconds)  # of work, before the kill and after it
                dead = members.primary()
                dead.kill()
                waits.append(await seconds_until_written(people.raw))
                await asyncio.sleep(SCALE.load_seconds)
                if SCALE.is_long:  # so that there is a majority after the next one, too
                    await asyncio.to_thread(dead.start)
                    await asyncio.to_thread(members.wait_until_whole)
            await people.rest()
            lost = await people.ledger.lost(people.sdk, people.raw)
    ledger = people.ledger
    assert (lost, ledger.wrong) == ([], [])
    assert all((ledger.titles, ledger.removed, ledger.logins, ledger.files))
    seen = ", ".join(f"{code} {count}" for code, count in ledger.seen.most_common())
    figures.add(
        Row(
            place=1,
            done=f"kill -9 of the primary of three (elections after {SCALE.election_ms / 1000:g} s) under mixed load",
            often=f"{SCALE.kills} times",
            seen=f"of {ledger.calls} calls: {seen}; the longest took {ledger.slowest:.1f} s",
            back=f"{min(waits):.1f} to {max(waits):.1f} s",
            lost=f"0 of {ledger.acknowledged} acknowledged writes",
        )
    )
