"""Metrics of several workers: one answer, in which what a dead one has counted stays."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, values

from emo_grpc.hosting.ops.metric_folder import metric_folder
from emo_grpc.hosting.ops.vitals import vitals_in_files
from emo_grpc.settings import CannotStart
from emo_grpc.shared.adapters.prometheus.exposition import Exposition
from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters
from emo_grpc.shared.adapters.prometheus.metric_files import BYTES, KINDS, collect_metric_files, forget_gauges
from emo_grpc.shared.service_layer.meters import CallTally, Rpc

RPC = Rpc("unary", "Service", "Method")
WHERE = {"grpc_type": "unary", "grpc_service": "Service", "grpc_method": "Method"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For metric files; afterwards this process has its metrics in memory again."""
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    return tmp_path


def worker(folder: Path, number: int) -> PrometheusMeters:
    """What a worker does as it starts, in this process."""
    return vitals_in_files(folder, number, lambda _: None).meters


def test_workers_come_and_go(folder: Path) -> None:
    """Counters and histograms are sums of all that ever were, whoever has which number; gauges are of the living."""
    registry = CollectorRegistry()
    collect_metric_files(folder, registry)
    for number, calls in ((1, 2), (2, 3), (1, 4)):
        meters = worker(folder, number)
        tally = CallTally(begun=calls)
        tally.ended["OK", ""] += [0.002] * calls
        meters.calls.add(RPC, tally)
        meters.process.memory.set(100 * number)
        meters.process.set_engines({"S3": number == 2})
        meters.backlog.oldest.set(calls)
    assert registry.get_sample_value("grpc_server_started_total", WHERE) == 9
    bucket = WHERE | {"grpc_code": "OK", "le": "0.005"}
    assert registry.get_sample_value("grpc_server_handling_seconds_bucket", bucket) == 9
    assert registry.get_sample_value("emo_resident_memory_bytes") == 300
    assert registry.get_sample_value("emo_engine_up", {"engine": "S3"}) == 1
    assert registry.get_sample_value("emo_outbox_oldest_seconds") == 4
    forget_gauges(folder, 2)
    assert registry.get_sample_value("emo_resident_memory_bytes") == 100
    assert registry.get_sample_value("emo_engine_up", {"engine": "S3"}) == 0
    assert registry.get_sample_value("grpc_server_started_total", WHERE) == 9
    assert {path.name.rpartition("_")[2] for path in folder.glob("counter*")} == {"1.db", "2.db"}


def test_room_is_taken_at_the_start(folder: Path) -> None:
    """No file has a hole: where the disk is full by then, the system would kill whoever writes into one."""
    worker(folder, 1).calls.add(RPC, CallTally(begun=1))
    files = list(folder.iterdir())
    assert len(files) == len(KINDS)
    assert all(path.stat().st_blocks * 512 >= path.stat().st_size >= BYTES for path in files)


def test_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has no place for the metrics of its workers says so."""
    with pytest.raises(CannotStart, match="TMPDIR names another folder"):
        worker(folder / "missing", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "missing"))
    with pytest.raises(CannotStart, match="TMPDIR names another folder"), metric_folder():
        pass


@pytest.mark.parametrize("name", ["PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"])
def test_the_environment_of_other_programs(name: str, tmp_path: Path) -> None:
    """A process without workers has its metrics in memory, whatever is said of others there."""
    program = (
        "from emo_grpc.hosting.ops.listening import watched_alone\n"
        "from emo_grpc.settings import EphemeralSettings\n"
        "with watched_alone(EphemeralSettings(_env_file=None, emo_ops_listen='127.0.0.1:0')) as (_, vitals):\n"
        "    vitals.meters.transfers.sealed.note(5)\n"
    )
    folder = tmp_path / "others"
    folder.mkdir()
    subprocess.run([sys.executable, "-c", program], env=os.environ | {name: str(folder)}, check=True)
    assert list(folder.iterdir()) == []


def test_text_is_made_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks all the time gets what was made for the first one."""
    registry = CollectorRegistry()
    meters, exposition = PrometheusMeters(registry), Exposition(registry)
    first = exposition.text()
    meters.transfers.sealed.note(5)
    meters.transfers.flush()
    assert exposition.text() is first
    monkeypatch.setattr("emo_grpc.shared.adapters.prometheus.exposition.GOOD_FOR", 0)
    assert b"emo_sealed_bytes_total 5.0" in exposition.text()
    assert b"_created" not in exposition.text()


def test_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for this user alone, and goes at the end; one that a killed server left goes, one that is in use stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "emo-metrics-left"
    left.mkdir()
    (tmp_path / "emo-metrics-new").mkdir()  # which is not locked yet
    (left / "counter_1.db").write_bytes(b"x")
    os.utime(left, (0, 0))
    (tmp_path / "emo-metrics-link").symlink_to(tmp_path)
    with metric_folder() as used:
        assert not left.exists()
        assert stat.S_IMODE(used.stat().st_mode) == 0o700
        (used / "counter_1.db").write_bytes(b"x")
        os.utime(used, (0, 0))
        with metric_folder() as other:
            assert set(tmp_path.glob("emo-metrics-????????")) == {used, other}
            assert (used / "counter_1.db").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["emo-metrics-link", "emo-metrics-new"]
