"""What is answered over HTTP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final, Self

PLAIN_TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Page:
    """A body with its media type. `max_age`: how long others may keep it; zero: not at all."""

    body: bytes
    content_type: str = PLAIN_TEXT
    status: HTTPStatus = HTTPStatus.OK
    max_age: timedelta = timedelta(0)

    @classmethod
    def of_facts(cls, facts: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK) -> Self:
        """Facts as JSON."""
        return cls(json.dumps(facts).encode() + b"\n", JSON, status)

    @classmethod
    def of_status(cls, status: HTTPStatus) -> Self:
        """The phrase of a status, and nothing of what was asked."""
        return cls(f"{status.phrase}\n".encode(), status=status)


Pages = Mapping[str, Callable[[], Page]]
"""By their paths. They are called on threads, by several at a time."""
