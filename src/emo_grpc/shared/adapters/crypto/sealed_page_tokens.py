"""Page tokens sealed with AES-SIV."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from emo_grpc.shared.domain.errors import InvalidPageToken
from emo_grpc.shared.service_layer.page_tokens import Cursor

KEY_BYTES: Final = 64
MAX_TOKEN_CHARACTERS: Final = 8192


class SealedPageTokens:
    """AES-SIV (RFC 5297), which needs no nonce; the binding is associated data.

    The key is derived from `secret` by HKDF-SHA256 (RFC 5869), so that tokens outlive a restart.
    """

    def __init__(self, secret: bytes) -> None:
        self._aead = AESSIV(HKDF(SHA256(), KEY_BYTES, None, b"emo page token v1").derive(secret))

    def seal(self, cursor: Cursor, binding: str) -> str:
        """URL-safe text."""
        return _text(self._aead.encrypt(json.dumps(list(cursor), ensure_ascii=False).encode(), [binding.encode()]))

    def open(self, token: str, binding: str) -> Cursor:
        """The cursor; raises InvalidPageToken."""
        try:
            if len(token) > MAX_TOKEN_CHARACTERS:
                raise ValueError("too long")
            sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
            if _text(sealed) != token:  # base64 has several texts for the same bytes; a token has one
                raise ValueError("not as it was given")
            plaintext = self._aead.decrypt(sealed, [binding.encode()])
        except (InvalidTag, ValueError) as error:
            raise InvalidPageToken.of("page_token", "is damaged, or was given for another request") from error
        cursor: Cursor = json.loads(plaintext)
        return cursor


def _text(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).decode().rstrip("=")
