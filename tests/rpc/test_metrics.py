"""What metrics show of a service that is used."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2, users_pb2_grpc
from emo_grpc.assets.domain.commands import CountOrphans
from emo_grpc.bootstrap.metering.backlog import look
from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters
from emo_grpc.shared.service_layer.verified_backups import VerifiedBackup
from rpc.vault import MIB, PART, Person, Stream, Vault, chunks, open_vault, some_bytes, start
from waiting import until

SIZE = PART + MIB
MOST_SERIES = 1_000
"""What is done below makes 697."""


class Watched:
    """A service whose work is measured, and what is shown of it."""

    def __init__(self, vault: Vault, meters: PrometheusMeters, registry: CollectorRegistry) -> None:
        self.vault = vault
        self.meters = meters
        self._registry = registry

    def value(self, name: str, **labels: str) -> float:
        """0 for what is not there."""
        return self._registry.get_sample_value(name, labels) or 0

    def now(self, name: str) -> float:
        """What it is once all that was noted is counted."""
        self.gauges()
        return self.value(name)

    def total(self, name: str, **labels: str) -> float:
        return sum(
            sample.value
            for metric in self._registry.collect()
            for sample in metric.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self) -> Iterator[str]:
        for metric in self._registry.collect():
            for sample in metric.samples:
                yield from sample.labels.values()

    def series(self) -> int:
        return sum(len(metric.samples) for metric in self._registry.collect())

    def text(self) -> str:
        return generate_latest(self._registry).decode()

    def gauges(self) -> None:
        """Set them, as is done every second."""
        assert self.vault.parts.assets.gauges is not None
        self.vault.parts.assets.gauges()
        self.meters.store.flush()
        self.meters.transfers.flush()
        assert self.vault.parts.measured is not None
        self.vault.parts.measured.tell()


@asynccontextmanager
async def watching(folder: Path, **settings: Any) -> AsyncIterator[Watched]:
    registry = CollectorRegistry()
    meters = PrometheusMeters(registry)
    async with open_vault(folder, meters=meters, **settings) as vault:
        yield Watched(vault, meters, registry)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watching(tmp_path) as found:
        yield found


async def test_transfers(watched: Watched) -> None:
    """Bytes that are sealed and opened, streams and parts while they are there, and what engines take for it."""
    ann = await watched.vault.person("ann")
    asset_id = await ann.create(SIZE)
    stream = Stream(ann, start(asset_id), *chunks(some_bytes(PART)))
    await until(lambda: watched.now("emo_sealed_bytes_total") == PART)
    assert watched.value("emo_open_uploads") == 1
    assert watched.value("emo_threads", pool="transfer") > 2
    stream.send(*chunks(some_bytes(SIZE)[PART:]))
    assert not (await stream.end()).complete
    await ann.upload(asset_id, b"", SIZE)
    assert watched.now("emo_sealed_bytes_total") == SIZE
    download = ann.call("DownloadAsset", pb.DownloadAssetRequest(asset_id=asset_id))
    await download.read()
    watched.gauges()
    assert watched.value("emo_open_downloads") == 1
    download.cancel()
    await ann.download(asset_id)
    assert watched.now("emo_opened_bytes_total") >= SIZE
    for operation in ("blobs.begin", "blobs.open", "blobs.commit_part", "blobs.complete"):
        assert watched.value("emo_store_seconds_count", engine="folder", operation=operation) >= 1, operation
    assert watched.value("emo_store_seconds_count", engine="SQLite", operation="assets.commit") >= 3
    assert watched.value("emo_store_failures_total", engine="folder") == 0

    def is_over() -> bool:
        watched.gauges()
        names = ("emo_open_uploads", "emo_open_downloads", "emo_parts_in_flight", "emo_transfer_memory_bytes")
        return not any(watched.value(name) for name in names) and not watched.value("emo_threads_busy", pool="transfer")

    await until(is_over)


async def test_shares_of_the_quota(tmp_path: Path) -> None:
    """How full storages are when something is added shows, also when that is refused."""
    async with watching(tmp_path, user_storage_mb=10) as watched:
        ann = await watched.vault.person("ann")
        await ann.create(2 * MIB)
        await ann.create(6 * MIB)
        with pytest.raises(grpc.RpcError):
            await ann.create(6 * MIB)
        found = [watched.value("emo_quota_share_bucket", le=le) for le in ("0.1", "0.25", "0.75", "0.9", "1.0", "+Inf")]
        assert found == [0, 1, 1, 2, 2, 3]


async def test_logins(watched: Watched) -> None:
    """By what was shown, and how it went."""
    ann = await watched.vault.person("ann")
    with pytest.raises(grpc.RpcError):
        await ann.users.Login(users_pb2.LoginRequest(username="ann", password="wrong horse"))
    await ann.users.RefreshTokens(users_pb2.RefreshTokensRequest(refresh_token=ann.tokens.refresh_token))
    with pytest.raises(grpc.RpcError):
        for _ in range(50):
            await ann.users.Login(users_pb2.LoginRequest(username="nobody", password="wrong horse"))
            await asyncio.sleep(0)
    watched.gauges()
    assert watched.value("emo_logins_total", way="password", result="ok") == 1
    assert watched.value("emo_logins_total", way="password", result="refused") >= 1
    await until(lambda: watched.value("emo_logins_total", way="refresh", result="ok") == 1)


async def test_calls_that_are_too_many(tmp_path: Path) -> None:
    """They are counted by the reason that their callers get."""
    async with watching(tmp_path, user_calls_per_second=1) as watched:
        ann = await watched.vault.person("ann")
        with pytest.raises(grpc.RpcError):
            for _ in range(50):
                await ann.users.GetMe(users_pb2.GetMeRequest(), metadata=ann.metadata)
        await until(lambda: watched.value("emo_throttled_calls_total", reason="RATE_LIMITED") == 1)


async def test_what_waits(watched: Watched) -> None:
    """Events that are not delivered show by how it goes with them, and for how long the first has been due."""
    ann, engines = await watched.vault.person("ann"), watched.vault.parts.engines
    asset_id = await ann.stored(b"x")
    await watched.vault.deliver()
    await ann.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=asset_id, force=True))
    watched.vault.clock.ahead = timedelta(hours=1)
    await look(engines, watched.meters.backlog)
    assert watched.value("emo_outbox_rows", state="waiting") == 1
    assert 3600 <= watched.value("emo_outbox_oldest_seconds") < 3700
    (row,) = await engines.outbox.waiting(10)
    await engines.outbox.bury(row, error="x")
    await look(engines, watched.meters.backlog)
    assert watched.value("emo_outbox_rows", state="dead") == 1
    assert watched.value("emo_outbox_rows", state="waiting") == watched.value("emo_outbox_oldest_seconds") == 0


async def test_the_latest_verified_backup(watched: Watched) -> None:
    """When it was made, not when it was verified; 0 as long as there is none."""
    engines = watched.vault.parts.engines
    await look(engines, watched.meters.backlog)
    assert watched.value("emo_last_verified_backup_timestamp_seconds") == 0
    made = engines.clock()
    await engines.metadata.verified_backups.note(VerifiedBackup("one", made, made + timedelta(days=1)))
    await look(engines, watched.meters.backlog)
    assert watched.value("emo_last_verified_backup_timestamp_seconds") == pytest.approx(made.timestamp())


async def test_orphans(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that finds files without an asset shows how many."""
    handle = watched.vault.parts.assets.bus.handle

    async def found(command: Any) -> Any:
        return 3 if isinstance(command, CountOrphans) else await handle(command)

    monkeypatch.setattr(watched.vault.parts.assets.bus, "handle", found)
    await watched.vault.parts.assets.sweep()
    assert watched.value("emo_orphaned_files") == 3


async def test_no_figure_is_of_anybody(watched: Watched) -> None:
    """Whoever does whatever: no label is an id or a name, and no more series come than the code has things to count."""
    ann = await watched.vault.person("annabella")
    before = 0
    for round_ in range(2):
        for stranger in range(10):
            await everything(watched.vault, ann, f"stranger{round_}x{stranger}")
        watched.gauges()
        await look(watched.vault.parts.engines, watched.meters.backlog)
        # The second round of strangers brings nothing that the first one had not brought.
        assert watched.series() < MOST_SERIES
        assert before in (0, watched.series())
        before = watched.series()
    for text in ("stranger", "annabella", "example.org", "Lake", "lake", ann.user_id, "127.0.0.1", "made.up"):
        assert text not in watched.text()
    assert not [label for label in watched.labels() if re.search(r"[0-9a-f]{8}-|[0-9a-f]{16}|@", label)]


async def everything(vault: Vault, ann: Person, name: str) -> None:
    """What people and strangers do, right and wrong, each with names of their own."""
    users: Any = users_pb2_grpc.UsersServiceStub(ann.channel)
    with suppress(grpc.RpcError):
        await users.Login(users_pb2.LoginRequest(username=name, password=f"password of {name}"))
    stub: Any = ann.channel.unary_unary
    odd = [f"/emo.made.up.{name}/Get", f"/emo.users.v1.UsersService/{name}", f"/{name}", "/"]
    for path in odd:
        with suppress(grpc.RpcError):
            await stub(path)(name.encode(), metadata=(("x-request-id", name), ("user-agent", name)))
    with suppress(grpc.RpcError):
        await ann.call("GetAsset", pb.GetAssetRequest(asset_id=str(uuid.uuid4())))
    asset_id = await ann.create(1, title=f"Lake of {name}")
    await ann.upload(asset_id, b"x")
    await ann.download(asset_id)
    await ann.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=asset_id, force=True))
    await vault.deliver()


async def test_nothing_is_wrapped_where_nothing_is_measured(tmp_path: Path) -> None:
    """Without EMO_OPS_LISTEN the service is what it was before there were metrics."""
    async with open_vault(tmp_path) as vault:
        parts = vault.parts
        assert parts.measured is None
        assert parts.engines.meters is None
        assert parts.assets.gauges is None
        assert type(parts.assets.files.blobs).__module__.startswith("emo_grpc.assets.adapters.")
        assert parts.assets.verification.file_check.cipher.__class__.__name__ == "TinkPartCipher"
