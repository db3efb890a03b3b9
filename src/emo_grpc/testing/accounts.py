"""The accounts that a server of tests begins with, on their way to its process."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody logs in with."""

    username: str
    is_admin: bool = False
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def email(self) -> str:
        """Nobody's: RFC 2606 keeps this domain free."""
        return f"{self.username}@example.com"


def to_line(accounts: Sequence[Account]) -> str:
    """One line of JSON."""
    return json.dumps([asdict(account) for account in accounts]) + "\n"


def from_line(line: str) -> list[Account]:
    """What `to_line` was given."""
    return [Account(**fields) for fields in json.loads(line)]
