"""What is known of a stored file."""

from dataclasses import dataclass

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key, encrypted by the key-encryption key of that id."""

    kek_id: str
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished file is: plaintext bytes, plaintext bytes a part, and CRC-32C of the whole plaintext."""

    size: int
    part_size: int
    crc32c: int

    @property
    def layout(self) -> FileLayout:
        """Where its bytes lie."""
        return FileLayout(self.size, self.part_size)


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Where a finished file is, and what opens it."""

    blob_key: BlobKey
    manifest: Manifest
    wrapped_key: WrappedKey
