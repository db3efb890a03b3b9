"""Opaque tokens: given out once, kept only as SHA-256 sums, hex.

They are random, 256 bits at least, so a plain hash can't be searched. Their text is unpadded base64url (RFC 4648).
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.errors import ActivationTokenInvalid, RefreshTokenInvalid
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
        raw = _decode(text, ID_BYTES + 2 * SECRET_BYTES)
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
        return _encode(self.session_id.value.bytes + self.family + self.secret)

    @property
    def family_hash(self) -> str:
        """SHA-256 of the shared part."""
        return hashlib.sha256(self.family).hexdigest()

    @property
    def token_hash(self) -> str:
        """SHA-256 of the token's own part."""
        return hashlib.sha256(self.secret).hexdigest()


@dataclass(frozen=True, slots=True)
class ActivationSecret:
    """The token in an activation mail; names its user."""

    user_id: UserId
    secret: bytes = field(repr=False)

    @classmethod
    def mint(cls, user_id: UserId) -> "ActivationSecret":
        """Make a new one."""
        return cls(user_id, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "ActivationSecret":
        """Read the text; raises ActivationTokenInvalid."""
        raw = _decode(text, ID_BYTES + SECRET_BYTES)
        if raw is None:
            raise ActivationTokenInvalid
        return cls(UserId(UUID(bytes=raw[:ID_BYTES])), raw[ID_BYTES:])

    @property
    def text(self) -> str:
        """What is mailed: 64 characters."""
        return _encode(self.user_id.value.bytes + self.secret)

    @property
    def token_hash(self) -> str:
        """SHA-256 of the secret."""
        return hashlib.sha256(self.secret).hexdigest()


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str, size: int) -> bytes | None:
    """The bytes, if the text is exactly what `_encode` makes of so many."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if len(raw) == size and _encode(raw) == text else None
