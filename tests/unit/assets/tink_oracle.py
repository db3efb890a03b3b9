"""The official Tink library as the oracle of our format."""

import io
from typing import Protocol, cast

from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

SEGMENT_SIZE = 1 << 20


class _StreamingAead(Protocol):
    def new_encrypting_stream(self, ciphertext_destination: io.IOBase, associated_data: bytes) -> io.RawIOBase: ...

    def new_decrypting_stream(self, ciphertext_source: io.IOBase, associated_data: bytes) -> io.BufferedIOBase: ...


class _Kept(io.BytesIO):
    """Keeps what was written when Tink closes it."""

    content = b""

    def close(self) -> None:
        if not self.closed:
            self.content = self.getvalue()
        super().close()


def primitive(key: bytes) -> _StreamingAead:
    """AES256_GCM_HKDF_1MB with this key, without an output prefix."""
    streaming_aead.register()
    parameters = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT_SIZE, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    material = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, params=parameters, key_value=key)
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=material.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    entry = tink_pb2.Keyset.Key(key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW)
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry])
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return cast(_StreamingAead, handle.primitive(streaming_aead.StreamingAead))


def tink_encrypt(key: bytes, associated_data: bytes, plaintext: bytes) -> bytes:
    """What Tink makes of it."""
    kept = _Kept()
    with primitive(key).new_encrypting_stream(kept, associated_data) as stream:
        stream.write(plaintext)
    return kept.content


def tink_decrypt(key: bytes, associated_data: bytes, ciphertext: bytes) -> bytes:
    """What Tink reads in it; raises tink's own error."""
    with primitive(key).new_decrypting_stream(io.BytesIO(ciphertext), associated_data) as stream:
        return stream.read()
