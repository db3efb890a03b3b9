"""Proves what an upload has stored so far."""

from dataclasses import dataclass

import google_crc32c

from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.layout import HEADER_SIZE
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.ports import BlobReader, KeyRing, PartCipher, PartOpener


@dataclass(frozen=True, slots=True)
class UploadProof:
    """Opens every segment that was persisted."""

    keys: KeyRing
    cipher: PartCipher

    def prove(self, upload: Upload, reader: BlobReader) -> None:
        """Blocking. Raises StoredFileCorrupt, BlobNotFound unless all persisted bytes are those that came."""
        key = self.keys.unwrap(upload.wrapped_key, upload.asset_id, None)
        crc32c, opened = 0, 0
        opener: PartOpener | None = None
        for segment in upload.layout.segments(0, upload.persisted_size) if upload.part_count else ():
            if opener is None or opened != segment.part:
                header = reader.read(segment.part, 0, HEADER_SIZE)
                opener, opened = self.cipher.opener(key, upload.asset_id, segment.part, header), segment.part
            stored = reader.read(segment.part, segment.offset, segment.length)
            crc32c = google_crc32c.extend(crc32c, opener.open(segment.index, segment.is_last, stored))
        if crc32c != upload.crc32c:
            raise StoredFileCorrupt("what was persisted is not what its checksum says")
