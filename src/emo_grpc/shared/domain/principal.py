"""On whose behalf a call runs."""

from dataclasses import dataclass
from uuid import UUID

from emo_grpc.shared.domain.ids import UserId


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whom a valid access token vouches for.

    `is_fresh`: the token came from a password login. `scopes`: the services it is good for; empty = all.
    """

    user_id: UserId
    session_id: UUID
    is_admin: bool = False
    is_fresh: bool = False
    scopes: frozenset[str] = frozenset()
