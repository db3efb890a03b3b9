"""Typed identifiers: values over UUIDs, parsed once at the edge."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID, uuid4

from emo_grpc.shared.domain.errors import InvalidArgument


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A UUID (RFC 9562) of one kind of thing; its text is the canonical one."""

    value: UUID

    @classmethod
    def new(cls) -> Self:
        """Make a random one (version 4)."""
        return cls(uuid4())

    @classmethod
    def parse(cls, text: str, field: str) -> Self:
        """Read the canonical text; raises InvalidArgument that names `field`."""
        try:
            value = UUID(text)
        except ValueError:
            value = None
        if value is None or str(value) != text.lower():
            raise InvalidArgument.of(field, "must be a UUID such as 6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d")
        return cls(value)

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True, order=True)
class UserId(Identifier):
    """Whose."""


@dataclass(frozen=True, slots=True, order=True)
class ActorId(Identifier):
    """Which service account, in whose own name a call is made or on whose word it is made for a user."""


@dataclass(frozen=True, slots=True, order=True)
class RequestId(Identifier):
    """A caller's own id of a request, for safe repetition (AIP-155)."""
