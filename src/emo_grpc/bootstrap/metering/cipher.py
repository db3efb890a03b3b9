"""Counts the bytes that are sealed and opened."""

from collections.abc import Callable
from dataclasses import dataclass

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.encryption import PartCipher, PartOpener, PartSealer
from emo_grpc.assets.service_layer.ports import Write

Count = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class MeasuredCipher:
    """A PartCipher that tells how many plaintext bytes go through it."""

    cipher: PartCipher
    on_sealed: Count
    on_opened: Count

    def sealer(self, key: bytes, asset_id: AssetId, part_number: int, capacity: int) -> PartSealer:
        """See PartCipher."""
        return MeasuredSealer(self.cipher.sealer(key, asset_id, part_number, capacity), self.on_sealed)

    def opener(self, key: bytes, asset_id: AssetId, part_number: int, header: bytes | memoryview) -> PartOpener:
        """See PartCipher."""
        return MeasuredOpener(self.cipher.opener(key, asset_id, part_number, header), self.on_opened)


class MeasuredSealer:
    """Tells of bytes when they are being sealed: those that were fed may still be dropped."""

    def __init__(self, sealer: PartSealer, on_sealed: Count) -> None:
        self._sealer = sealer
        self._on_sealed = on_sealed
        self._fed = 0

    def feed(self, data: bytes | memoryview) -> None:
        """See PartSealer."""
        self._sealer.feed(data)
        self._fed += len(data)

    def seal_pending(self, write: Write) -> None:
        """See PartSealer."""
        self._sealer.seal_pending(write)
        self._tell()

    def finish(self, write: Write) -> None:
        """See PartSealer."""
        self._sealer.finish(write)
        self._tell()

    def _tell(self) -> None:
        fed, self._fed = self._fed, 0
        self._on_sealed(fed)


class MeasuredOpener:
    """Tells of bytes that were proven."""

    def __init__(self, opener: PartOpener, on_opened: Count) -> None:
        self._opener = opener
        self._on_opened = on_opened

    def open(self, segment: int, is_last: bool, ciphertext: bytes | memoryview) -> bytes:
        """See PartOpener."""
        plaintext = self._opener.open(segment, is_last, ciphertext)
        self._on_opened(len(plaintext))
        return plaintext
