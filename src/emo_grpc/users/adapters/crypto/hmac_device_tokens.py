"""Device tokens authenticated with HMAC."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from emo_grpc.shared.domain.ids import UserId

DEVICE_BYTES: Final = 16
TIME_BYTES: Final = 8
COUNT_BYTES: Final = 8
TAG_BYTES: Final = 32
TOKEN_BYTES: Final = DEVICE_BYTES + TIME_BYTES + TAG_BYTES
TOKEN_CHARACTERS: Final = 75
"""Unpadded base64url (RFC 4648) of these bytes."""


class HmacDeviceTokens:
    """Device ‖ end in Unix seconds, 64 bits big-endian ‖ HMAC-SHA256 of the user's id and both (RFC 2104).

    It is also of how often the password was changed, 64 bits big-endian, once it was: earlier releases left that out,
    and what they gave to an account that has its first password is as good as it was.

    So nothing is stored, and the token does not tell whose it is (device cookies, as OWASP describes them). The keys
    are derived from the secrets by HKDF-SHA256 (RFC 5869); `retired` ones still verify.
    """

    def __init__(self, secret: bytes, retired: Sequence[bytes] = ()) -> None:
        self._key, *self._retired = map(_derived, (secret, *retired))

    def issue(self, user_id: UserId, password_changes: int, device: str | None, expire_time: datetime) -> str:
        """75 characters."""
        name = secrets.token_bytes(DEVICE_BYTES) if device is None else bytes.fromhex(device)
        body = name + int(expire_time.timestamp()).to_bytes(TIME_BYTES, "big")
        return urlsafe_b64encode(body + _tag(self._key, user_id, body, password_changes)).decode().rstrip("=")

    def device(self, token: str, user_id: UserId, password_changes: int, now: datetime) -> str | None:
        """The device's name, hex."""
        if len(token) != TOKEN_CHARACTERS:
            return None
        try:
            raw = urlsafe_b64decode(token.encode("ascii") + b"=")
        except ValueError:
            return None
        body, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
        tags = [_tag(key, user_id, body, password_changes) for key in (self._key, *self._retired)]
        is_ours = [hmac.compare_digest(each, tag) for each in tags]
        if len(raw) != TOKEN_BYTES or not any(is_ours) or now >= _end_of(body):
            return None
        return body[:DEVICE_BYTES].hex()


def _derived(secret: bytes) -> bytes:
    return HKDF(SHA256(), TAG_BYTES, None, b"emo device token v1").derive(secret)


def _tag(key: bytes, user_id: UserId, body: bytes, password_changes: int) -> bytes:
    count = password_changes.to_bytes(COUNT_BYTES, "big") if password_changes else b""
    return hmac.digest(key, user_id.value.bytes + body + count, sha256)


def _end_of(body: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(body[DEVICE_BYTES:], "big"), UTC)
