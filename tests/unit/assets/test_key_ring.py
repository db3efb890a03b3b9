"""Wrapped data keys: what they are bound to, and what becomes of retired keys."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from Crypto.Cipher import AES

from emo_grpc.assets.adapters.crypto.aes_key_ring import AesKeyRing
from emo_grpc.assets.domain.content import Manifest, WrappedKey
from emo_grpc.assets.domain.errors import StoredFileCorrupt
from emo_grpc.assets.domain.ids import AssetId

KEK = bytes(range(32))
OLD_KEK = bytes(range(32, 64))
ASSET = AssetId(UUID("6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"))
MANIFEST = Manifest(size=2_000_000, part_size=8 << 20, crc32c=0xC0FFEE)
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "wrapped_keys.json").read_text())


@pytest.mark.parametrize("manifest", [None, MANIFEST])
def test_a_wrapped_key_comes_back(manifest: Manifest | None) -> None:
    """What was wrapped for an asset is unwrapped for it."""
    ring = AesKeyRing(KEK)
    plain = ring.new_key(ASSET).plain
    assert ring.unwrap(ring.wrap(plain, ASSET, manifest), ASSET, manifest) == plain


def test_new_keys_are_random_and_wrapped_as_unfinished() -> None:
    """Each data key has 256 bits of its own, and its wrapped form opens without a manifest."""
    ring = AesKeyRing(KEK)
    first, second = ring.new_key(ASSET), ring.new_key(ASSET)
    assert len(first.plain) == 32
    assert first.plain != second.plain
    assert ring.unwrap(first.wrapped, ASSET, None) == first.plain


def test_wrapping_again_never_repeats_a_nonce() -> None:
    """The same key wrapped twice is two ciphertexts."""
    ring = AesKeyRing(KEK)
    assert ring.wrap(KEK, ASSET, None).ciphertext[:12] != ring.wrap(KEK, ASSET, None).ciphertext[:12]


@pytest.mark.parametrize(
    "other",
    [
        None,
        replace(MANIFEST, size=MANIFEST.size + 1),
        replace(MANIFEST, part_size=16 << 20),
        replace(MANIFEST, crc32c=MANIFEST.crc32c ^ 1),
    ],
)
def test_the_manifest_is_bound(other: Manifest | None) -> None:
    """A manifest of which one fact was changed does not open the key, nor does it open as unfinished."""
    ring = AesKeyRing(KEK)
    wrapped = ring.wrap(bytes(32), ASSET, MANIFEST)
    with pytest.raises(StoredFileCorrupt, match="was changed"):
        ring.unwrap(wrapped, ASSET, other)


def test_the_asset_is_bound() -> None:
    """The key of one asset does not open for another."""
    ring = AesKeyRing(KEK)
    wrapped = ring.wrap(bytes(32), ASSET, None)
    with pytest.raises(StoredFileCorrupt):
        ring.unwrap(wrapped, AssetId.new(), None)


@pytest.mark.parametrize("at", range(60))
def test_every_byte_is_bound(at: int) -> None:
    """No byte of a wrapped key can change unseen."""
    ring = AesKeyRing(KEK)
    wrapped = ring.wrap(bytes(32), ASSET, None)
    damaged = bytearray(wrapped.ciphertext)
    damaged[at] ^= 1
    with pytest.raises(StoredFileCorrupt):
        ring.unwrap(WrappedKey(wrapped.kek_id, bytes(damaged)), ASSET, None)


@pytest.mark.parametrize("length", [0, 11, 12, 28, 59])
def test_a_wrapped_key_of_another_length_is_corrupt(length: int) -> None:
    """A wrapped key that was cut off does not open."""
    ring = AesKeyRing(KEK)
    wrapped = ring.wrap(bytes(32), ASSET, None)
    with pytest.raises(StoredFileCorrupt):
        ring.unwrap(WrappedKey(wrapped.kek_id, wrapped.ciphertext[:length]), ASSET, None)


def test_the_key_id_is_bound() -> None:
    """A key id that was swapped for that of another configured key does not open."""
    ring = AesKeyRing(KEK, [OLD_KEK])
    wrapped = ring.wrap(bytes(32), ASSET, None)
    with pytest.raises(StoredFileCorrupt):
        ring.unwrap(WrappedKey(AesKeyRing(OLD_KEK).current_kek_id, wrapped.ciphertext), ASSET, None)


def test_retired_keys_unwrap_and_the_current_one_wraps() -> None:
    """After a change of keys the old data keys still open, and new ones are under the new key."""
    wrapped = AesKeyRing(OLD_KEK).wrap(bytes(32), ASSET, MANIFEST)
    ring = AesKeyRing(KEK, [OLD_KEK])
    assert ring.unwrap(wrapped, ASSET, MANIFEST) == bytes(32)
    assert ring.wrap(bytes(32), ASSET, MANIFEST).kek_id == ring.current_kek_id == AesKeyRing(KEK).current_kek_id


def test_a_key_that_is_not_configured_is_named() -> None:
    """The operator learns which key is missing."""
    wrapped = AesKeyRing(OLD_KEK).wrap(bytes(32), ASSET, None)
    with pytest.raises(StoredFileCorrupt, match=f"{wrapped.kek_id} .* not configured"):
        AesKeyRing(KEK).unwrap(wrapped, ASSET, None)


def test_the_key_id_tells_keys_apart_and_nothing_of_them() -> None:
    """It is the first 8 bytes of SHA-256, hex."""
    assert AesKeyRing(KEK).current_kek_id == sha256(KEK).hexdigest()[:16]


def test_the_ids_of_all_keys_are_known() -> None:
    """Those of the retired keys are among them, each the id that the key wrapped under."""
    ids = {AesKeyRing(kek).current_kek_id for kek in (KEK, OLD_KEK)}
    assert AesKeyRing(KEK, [OLD_KEK]).kek_ids == ids


def test_no_key_shows() -> None:
    """Neither the ring nor a data key has a key in its repr."""
    ring = AesKeyRing(KEK, [OLD_KEK])
    shown = repr(ring) + repr(data_key := ring.new_key(ASSET))
    for secret in (KEK, OLD_KEK, data_key.plain):
        assert repr(secret) not in shown
        assert secret.hex() not in shown


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_short_key_is_refused(size: int) -> None:
    """Keys have 256 bits, the retired ones too."""
    with pytest.raises(ValueError, match="32 bytes"):
        AesKeyRing(bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        AesKeyRing(KEK, [bytes(size)])


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_wrapping_stays_what_it_was(vector: dict[str, str]) -> None:
    """Frozen wrapped keys still open, here and with nothing but AES-GCM and the published associated data."""
    manifest = Manifest(**json.loads(vector["manifest"])) if vector["manifest"] else None
    wrapped = WrappedKey(vector["kek_id"], bytes.fromhex(vector["ciphertext"]))
    kek, asset = bytes.fromhex(vector["kek"]), AssetId.parse(vector["asset_id"], "")
    assert AesKeyRing(kek).unwrap(wrapped, asset, manifest).hex() == vector["plain"]
    cipher = AES.new(kek, AES.MODE_GCM, nonce=wrapped.ciphertext[:12])
    cipher.update(vector["associated_data"].encode())
    assert cipher.decrypt_and_verify(wrapped.ciphertext[12:-16], wrapped.ciphertext[-16:]).hex() == vector["plain"]
