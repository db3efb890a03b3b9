"""The keys that services come in with.

A key reads `emo_sk_<id>_<secret><checksum>`: a prefix that secret scanners find, and a CRC-32 that tells a typo from a
wrong key without asking anybody, both as GitHub's tokens have them
(https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/). The id is that of
the account with that of the key, 32 bytes, and the secret is 256 random bits. Each part is a number in base 62 of
0-9, A-Z, a-z, with leading zeros: 43, 43 and 6 digits. The checksum is that of all characters before it.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from emo_grpc.service_accounts.domain.errors import ServiceKeyMistyped
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.shared.domain.ids import ActorId

PREFIX: Final = "emo_sk_"
DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_BYTES: Final = 16
SECRET_BYTES: Final = 32
LONG: Final = 43
"""Base-62 digits of 32 bytes."""
SHORT: Final = 6
"""Those of 32 bits."""
KEY: Final = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{LONG}}})_([0-9A-Za-z]{{{LONG}}})([0-9A-Za-z]{{{SHORT}}})")
USE_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as its service has it."""

    actor_id: ActorId
    key_id: ServiceKeyId
    secret: bytes = field(repr=False)

    @classmethod
    def mint(cls, actor_id: ActorId) -> "KeyText":
        """Make a new one."""
        return cls(actor_id, ServiceKeyId.new(), secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "KeyText":
        """Read the text; raises ServiceKeyMistyped."""
        found = KEY.fullmatch(text)
        if found is None or _checksum(text[:-SHORT]) != found[3]:
            raise ServiceKeyMistyped
        try:
            ids, secret = _bytes(found[1]), _bytes(found[2])
        except OverflowError:
            raise ServiceKeyMistyped from None
        return cls(ActorId(UUID(bytes=ids[:ID_BYTES])), ServiceKeyId(UUID(bytes=ids[ID_BYTES:])), secret)

    @property
    def text(self) -> str:
        """What is given out, once: 100 characters."""
        ids = self.actor_id.value.bytes + self.key_id.value.bytes
        unchecked = f"{PREFIX}{_digits(ids, LONG)}_{_digits(self.secret, LONG)}"
        return unchecked + _checksum(unchecked)

    @property
    def secret_hash(self) -> str:
        """SHA-256 of the secret, hex: it is random, so a plain hash can't be searched."""
        return hashlib.sha256(self.secret).hexdigest()


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A key as it is kept. `expire_time` None: never; `last_used_time` None: not yet, else right to a minute."""

    key_id: ServiceKeyId
    secret_hash: str = field(repr=False)
    create_time: datetime
    expire_time: datetime | None = None
    last_used_time: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether its time is not over."""
        return self.expire_time is None or now < self.expire_time

    def is_key(self, key: KeyText) -> bool:
        """Whether this is it."""
        return self.key_id == key.key_id and hmac.compare_digest(self.secret_hash, key.secret_hash)

    def used(self, now: datetime) -> "ServiceKey":
        """The same, used now; it itself if its last use is less than a minute old."""
        if self.last_used_time is not None and now - self.last_used_time < USE_NOTED_EVERY:
            return self
        return replace(self, last_used_time=now)


def _digits(raw: bytes, count: int) -> str:
    number, found = int.from_bytes(raw), ""
    for _ in range(count):
        number, digit = divmod(number, len(DIGITS))
        found = DIGITS[digit] + found
    return found


def _bytes(digits: str) -> bytes:
    """The 32 bytes of such a number; raises OverflowError."""
    number = 0
    for digit in digits:
        number = number * len(DIGITS) + DIGITS.index(digit)
    return number.to_bytes(SECRET_BYTES)


def _checksum(text: str) -> str:
    return _digits(zlib.crc32(text.encode()).to_bytes(4), SHORT)
