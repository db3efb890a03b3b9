"""Tokens that prove once that somebody reads a mailbox, or was given one by the operator.

An account keeps of each only a SHA-256, hex, of its secret and of all that it stands or falls with. So a token is worth
nothing for another purpose or another account, nor once what it is bound to is another, even where it was not dropped.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.secrets import ID_BYTES, SECRET_BYTES, from_base64url, to_base64url

MAX_TOKENS: Final = 5
"""Of one purpose and subject: a mail may go out twice, and people ask again when one takes long."""


class TokenPurpose(StrEnum):
    """What a token is good for. The values are stored, and part of what is hashed."""

    ACTIVATE = "activate"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - no password
    CONFIRM_EMAIL = "confirm_email"
    UNDO_EMAIL = "undo_email"


LIFETIMES: Final = {
    TokenPurpose.ACTIVATE: timedelta(days=7),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    TokenPurpose.CONFIRM_EMAIL: timedelta(hours=1),
    TokenPurpose.UNDO_EMAIL: timedelta(days=7),
}
"""At most; from when it is made."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a token stands or falls with. `subject`: the id of a change of address, who gave it out, or nothing."""

    purpose: TokenPurpose
    user_id: UserId
    subject: str = ""
    state: tuple[str, ...] = ()

    def hash(self, secret_hash: str) -> str:
        """SHA-256, hex, of this and of the SHA-256 of a secret."""
        parts = [secret_hash, self.purpose, str(self.user_id), self.subject, *self.state]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OneTimeSecret:
    """What is mailed or printed; names its account. Which purpose it has is not seen in it."""

    user_id: UserId
    secret: bytes = field(repr=False)

    @classmethod
    def mint(cls, user_id: UserId) -> "OneTimeSecret":
        """Make a new one, of 256 bits."""
        return cls(user_id, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str, invalid: Callable[[], Exception]) -> "OneTimeSecret":
        """Read the text; raises what `invalid` makes."""
        raw = from_base64url(text, ID_BYTES + SECRET_BYTES)
        if raw is None:
            raise invalid()
        return cls(UserId(UUID(bytes=raw[:ID_BYTES])), raw[ID_BYTES:])

    @property
    def text(self) -> str:
        """What people get: 64 characters."""
        return to_base64url(self.user_id.value.bytes + self.secret)

    def hash_for(self, binding: Binding) -> str:
        """What the account keeps of it."""
        return binding.hash(hashlib.sha256(self.secret).hexdigest())


Minted = tuple[OneTimeSecret, datetime]
"""What is given out, and when its time is over."""


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """One that was given out. `token_hash`: see `Binding.hash`."""

    purpose: TokenPurpose
    subject: str
    token_hash: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class OneTimeTokens:
    """Those of an account that may still be good."""

    tokens: tuple[OneTimeToken, ...] = field(default=(), repr=False)

    def with_one(
        self, binding: Binding, secret: OneTimeSecret, expire_time: datetime, now: datetime
    ) -> "OneTimeTokens":
        """This and one more; without those that are over, and the eldest of its kind when there would be too many."""
        new = OneTimeToken(binding.purpose, binding.subject, secret.hash_for(binding), expire_time)
        good = (*self.still_good(now).tokens, new)
        alike = [each for each in good if _alike(each, new)]
        return OneTimeTokens((*(each for each in good if not _alike(each, new)), *alike[-MAX_TOKENS:]))

    def has(self, binding: Binding, secret: OneTimeSecret, now: datetime) -> bool:
        """Whether the secret is that of one, for just this, whose time is not over."""
        token_hash = secret.hash_for(binding)
        return any(
            each.purpose is binding.purpose and hmac.compare_digest(each.token_hash, token_hash)
            for each in self.still_good(now).tokens
        )

    def without(self, *purposes: TokenPurpose) -> "OneTimeTokens":
        """Only those for other purposes."""
        return OneTimeTokens(tuple(each for each in self.tokens if each.purpose not in purposes))

    def only_undoing(self, subjects: frozenset[str] | None = None) -> "OneTimeTokens":
        """Only those that undo a change of address, perhaps of these alone.

        All others end with a new password, address or state. These don't, or a thief would end them.
        """
        undoing = (each for each in self.tokens if each.purpose is TokenPurpose.UNDO_EMAIL)
        return OneTimeTokens(tuple(each for each in undoing if subjects is None or each.subject in subjects))

    def still_good(self, now: datetime) -> "OneTimeTokens":
        """Only those whose time is not over."""
        return OneTimeTokens(tuple(each for each in self.tokens if now < each.expire_time))


def _alike(one: OneTimeToken, other: OneTimeToken) -> bool:
    return (one.purpose, one.subject) == (other.purpose, other.subject)
