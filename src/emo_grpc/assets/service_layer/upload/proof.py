"""Proves the parts that an upload has stored so far."""

from dataclasses import dataclass

import google_crc32c

from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.encryption import KeyRing, PartCipher
from emo_grpc.assets.service_layer.ports import BlobReader
from emo_grpc.assets.service_layer.segment_opener import SegmentOpener


@dataclass(frozen=True, slots=True)
class UploadProof:
    """Opens every persisted segment, and compares the CRC-32C of all."""

    keys: KeyRing
    cipher: PartCipher

    def prove(self, upload: Upload, reader: BlobReader) -> None:
        """Blocking. Raises StoredFileCorrupt, BlobNotFound unless all persisted bytes are those that came."""
        key = self.keys.unwrap(upload.wrapped_key, upload.asset_id, None)
        opener, crc32c = SegmentOpener(self.cipher, key, upload.asset_id, reader), 0
        for segment in upload.layout.segments(0, upload.persisted_size) if upload.part_count else ():
            crc32c = google_crc32c.extend(crc32c, opener.open(segment))
        if crc32c != upload.crc32c:
            raise StoredFileCorrupt("what was persisted is not what its checksum says")
