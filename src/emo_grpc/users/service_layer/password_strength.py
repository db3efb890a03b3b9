"""What tells good passwords from weak ones."""

from collections.abc import Sequence
from typing import Protocol

from emo_grpc.users.domain.weakness import Weakness


class PasswordStrength(Protocol):
    """Tells which passwords are guessed soon.

    May raise `TooManyCalls` when too many wait already.
    """

    async def weakness(self, password: str, names: Sequence[str]) -> Weakness | None:
        """Why it is too easy to guess, or None if it is good enough. `names`: words of its owner, in lower case."""
        ...
