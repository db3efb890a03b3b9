"""What the use cases of this context need to encrypt files, and to keep their keys."""

from dataclasses import dataclass, field
from typing import Protocol

from emo_grpc.assets.domain.content import Manifest, WrappedKey
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.ports import Write


class PartSealer(Protocol):
    """Encrypts one part as it arrives. Used by one thread at a time."""

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next plaintext, kept by reference until sealed. Never more than the capacity in all."""
        ...

    def seal_pending(self, write: Write) -> None:
        """Encrypt the whole segments that were fed. Takes time: call it on a thread."""
        ...

    def finish(self, write: Write) -> None:
        """Encrypt what is left. Call it on a thread."""
        ...


class PartOpener(Protocol):
    """Decrypts the segments of one part, in any order, from any thread."""

    def open(self, segment: int, is_last: bool, ciphertext: bytes | memoryview) -> bytes:
        """Give the proven plaintext of a segment (numbered from 0; without the part's header).

        Raises `StoredFileCorrupt` if the ciphertext is not what was sealed there.
        """
        ...


class PartCipher(Protocol):
    """Makes what seals and opens parts. What it seals opens only as the same part of the same asset."""

    def sealer(self, key: bytes, asset_id: AssetId, part_number: int, capacity: int) -> PartSealer:
        """Seal up to `capacity` plaintext bytes."""
        ...

    def opener(self, key: bytes, asset_id: AssetId, part_number: int, header: bytes | memoryview) -> PartOpener:
        """Open a part that begins with `header`; raises `StoredFileCorrupt` if that is not a header."""
        ...


@dataclass(frozen=True, slots=True)
class DataKey:
    """A fresh data key, with its wrapped form. The plain key is in no repr."""

    plain: bytes = field(repr=False)
    wrapped: WrappedKey


class KeyRing(Protocol):
    """The key-encryption keys: one current, any number retired.

    A wrapped key is bound to its asset and, once the file is finished, to the manifest.
    """

    @property
    def current_kek_id(self) -> str:
        """First 8 bytes of SHA-256 of the current key, hex."""
        ...

    def new_key(self, asset_id: AssetId) -> DataKey:
        """Make a random 256-bit data key for an unfinished file."""
        ...

    def wrap(self, plain: bytes, asset_id: AssetId, manifest: Manifest | None) -> WrappedKey:
        """Wrap with the current key. No manifest: the file is not finished."""
        ...

    def unwrap(self, wrapped: WrappedKey, asset_id: AssetId, manifest: Manifest | None) -> bytes:
        """Give the plain key.

        Raises `StoredFileCorrupt` if anything does not match, or `KeyUnknown` if its key-encryption key is not
        configured.
        """
        ...
