"""Decrypts the stored segments of one file."""

from dataclasses import dataclass, field

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.layout import HEADER_SIZE, StoredSegment
from emo_grpc.assets.service_layer.encryption import PartCipher, PartOpener
from emo_grpc.assets.service_layer.ports import BlobReader


@dataclass(frozen=True, slots=True)
class SegmentOpener:
    """Reads and proves segments, more or less in order. Blocking: used on threads, by several at a time."""

    cipher: PartCipher
    key: bytes = field(repr=False)
    asset_id: AssetId
    reader: BlobReader
    openers: dict[int, PartOpener] = field(default_factory=dict, init=False, repr=False)

    def open(self, segment: StoredSegment) -> bytes:
        """All plaintext of a segment. Raises StoredFileCorrupt, BlobNotFound or Unavailable."""
        opener = self._opener(segment.part)
        return opener.open(
            segment.index, segment.is_last, self.reader.read(segment.part, segment.offset, segment.length)
        )

    def _opener(self, part: int) -> PartOpener:
        # Two threads that meet here make the same opener twice, which costs less than a lock.
        opener = self.openers.get(part)
        if opener is None:
            header = self.reader.read(part, 0, HEADER_SIZE)
            opener = self.openers[part] = self.cipher.opener(self.key, self.asset_id, part, header)
            self.openers.pop(part - 2, None)
        return opener
