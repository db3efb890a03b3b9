"""Measures how files move."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emo_grpc.assets.service_layer.download.reader import Downloads
from emo_grpc.assets.service_layer.encryption import PartCipher
from emo_grpc.assets.service_layer.transfer_memory import TransferMemory
from emo_grpc.assets.service_layer.upload.uploads import Uploads
from emo_grpc.bootstrap.blob_storage import BlobStorage
from emo_grpc.bootstrap.metering.cipher import MeasuredCipher
from emo_grpc.bootstrap.metering.threads import MeasuredThreads, measured_threads
from emo_grpc.bootstrap.transfer_threads import TransferThreads

if TYPE_CHECKING:  # prometheus-client takes long to import
    from emo_grpc.shared.adapters.prometheus.meters import PrometheusMeters
    from emo_grpc.shared.adapters.prometheus.transfer_meter import PrometheusTransferMeter

OnShare = Callable[[float], None]


class TransferMetering:
    """Wraps what files go through; `meters` None wraps nothing."""

    def __init__(self, meters: "PrometheusMeters | None") -> None:
        self._meter = meters.transfers if meters else None
        self._pools: dict[str, MeasuredThreads] = {}

    @property
    def on_share(self) -> OnShare | None:
        """Told how much of a quota is in use."""
        return self._meter.quota_share.observe if self._meter else None

    def cipher(self, cipher: PartCipher) -> PartCipher:
        """Counts bytes."""
        meter = self._meter
        return MeasuredCipher(cipher, meter.sealed.note, meter.opened.note) if meter else cipher

    def threads(self, threads: TransferThreads, files: BlobStorage) -> TransferThreads:
        """Counts those that work, of so many as `files` asks for."""
        if self._meter is None:
            return threads
        measured, self._pools = measured_threads(threads)
        sizes = {"sealing": files.sealing_threads, "reading": files.reading_threads}
        for pool in self._pools:
            self._meter.threads.labels(pool).set(sizes.get(pool, files.threads))
        return measured

    def gauges(self, uploads: Uploads, downloads: Downloads, memory: TransferMemory) -> Callable[[], None] | None:
        """Give what sets all gauges."""
        if self._meter is None:
            return None
        return TransferGauges(self._meter, uploads, downloads, memory, self._pools).set


@dataclass(frozen=True, slots=True)
class TransferGauges:
    """What is looked at every second, on a thread."""

    meter: "PrometheusTransferMeter"
    uploads: Uploads
    downloads: Downloads
    memory: TransferMemory
    pools: dict[str, MeasuredThreads]

    def set(self) -> None:
        """Set them to what is so now."""
        self.meter.open_uploads.set(self.uploads.slots.running)
        self.meter.open_downloads.set(self.downloads.slots.running)
        self.meter.parts.set(self.uploads.parts_in_flight)
        self.meter.memory.set(self.memory.held)
        for name, pool in self.pools.items():
            self.meter.busy_threads.labels(name).set(pool.busy)
