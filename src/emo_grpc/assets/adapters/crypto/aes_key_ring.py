"""Data keys wrapped with AES-256-GCM."""

import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from emo_grpc.assets.domain.content import Manifest, WrappedKey
from emo_grpc.assets.domain.errors import KeyUnknown, StoredFileCorrupt
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.service_layer.encryption import DataKey

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
KEK_ID_SIZE: Final = 8
ASSOCIATED_DATA_PREFIX: Final = b"emo data key 1\n"
"""Says what is wrapped, and the version of the format."""

RandomBytes = Callable[[int], bytes]
"""Gives that many bytes of a cryptographically secure random generator."""


class AesKeyRing:
    """A wrapped key is nonce (12 bytes, random), ciphertext (32) and tag (16); no key is in its repr."""

    def __init__(self, current: bytes, retired: Sequence[bytes] = (), random_bytes: RandomBytes = os.urandom) -> None:
        if any(len(kek) != KEY_SIZE for kek in (current, *retired)):
            raise ValueError(f"a key-encryption key has {KEY_SIZE} bytes")
        self._keks = {kek_id(kek): kek for kek in (*retired, current)}
        self._current = kek_id(current)
        self._random_bytes = random_bytes

    @property
    def current_kek_id(self) -> str:
        """First 8 bytes of SHA-256 of the current key, hex."""
        return self._current

    @property
    def kek_ids(self) -> frozenset[str]:
        """Those of all keys, the retired ones too."""
        return frozenset(self._keks)

    def new_key(self, asset_id: AssetId) -> DataKey:
        """Make a random 256-bit data key for an unfinished file."""
        plain = self._random_bytes(KEY_SIZE)
        return DataKey(plain, self.wrap(plain, asset_id, None))

    def wrap(self, plain: bytes, asset_id: AssetId, manifest: Manifest | None) -> WrappedKey:
        """Wrap with the current key."""
        nonce = self._random_bytes(NONCE_SIZE)
        kek = AESGCM(self._keks[self._current])
        sealed = kek.encrypt(nonce, plain, associated_data(self._current, asset_id, manifest))
        return WrappedKey(self._current, nonce + sealed)

    def unwrap(self, wrapped: WrappedKey, asset_id: AssetId, manifest: Manifest | None) -> bytes:
        """Give the plain key."""
        kek = self._keks.get(wrapped.kek_id)
        if kek is None:
            raise KeyUnknown(
                f"the key {wrapped.kek_id} that protects the file is not configured",
                metadata={"kek_id": wrapped.kek_id},
            )
        nonce, sealed = wrapped.ciphertext[:NONCE_SIZE], wrapped.ciphertext[NONCE_SIZE:]
        try:
            return AESGCM(kek).decrypt(nonce, sealed, associated_data(wrapped.kek_id, asset_id, manifest))
        except (InvalidTag, ValueError) as error:
            raise StoredFileCorrupt(
                "the key of the file, or what is known of the file, was changed", metadata={"kek_id": wrapped.kek_id}
            ) from error


def kek_id(kek: bytes) -> str:
    """First 8 bytes of SHA-256 of a key-encryption key, hex."""
    return sha256(kek).digest()[:KEK_ID_SIZE].hex()


def associated_data(kek: str, asset_id: AssetId, manifest: Manifest | None) -> bytes:
    """What a wrapped key is bound to, in one line for each fact; an unfinished file has no manifest to name."""
    facts = "unfinished" if manifest is None else f"{manifest.size} {manifest.part_size} {manifest.crc32c:08x}"
    return ASSOCIATED_DATA_PREFIX + f"{kek}\n{asset_id}\n{facts}\n".encode()
