"""Opaque tokens: given out once, kept only as SHA-256 sums, hex.

They are random, 256 bits at least, so a plain hash can't be searched. Their text is unpadded base64url (RFC 4648).
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from emo_grpc.users.domain.errors import RefreshTokenInvalid
from emo_grpc.users.domain.ids import SessionId

ID_BYTES: Final = 16
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Names its session; `family` is the same in all tokens of the session, `secret` is this one's own."""

    session_id: SessionId
    family: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    @classmethod
    def first(cls, session_id: SessionId) -> "RefreshToken":
        """Begin a family."""
        return cls(session_id, secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """Read the text; raises RefreshTokenInvalid."""
        raw = from_base64url(text, ID_BYTES + 2 * SECRET_BYTES)
        if raw is None:
            raise RefreshTokenInvalid
        family_end = ID_BYTES + SECRET_BYTES
        return cls(SessionId(UUID(bytes=raw[:ID_BYTES])), raw[ID_BYTES:family_end], raw[family_end:])

    def next(self) -> "RefreshToken":
        """Make the one that follows it."""
        return replace(self, secret=secrets.token_bytes(SECRET_BYTES))

    @property
    def text(self) -> str:
        """What the client gets: 107 characters."""
        return to_base64url(self.session_id.value.bytes + self.family + self.secret)

    @property
    def family_hash(self) -> str:
        """SHA-256 of the shared part."""
        return hashlib.sha256(self.family).hexdigest()

    @property
    def token_hash(self) -> str:
        """SHA-256 of the token's own part."""
        return hashlib.sha256(self.secret).hexdigest()


def to_base64url(raw: bytes) -> str:
    """Text without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str, size: int) -> bytes | None:
    """The bytes, if the text is exactly what `to_base64url` makes of so many."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if len(raw) == size and to_base64url(raw) == text else None
