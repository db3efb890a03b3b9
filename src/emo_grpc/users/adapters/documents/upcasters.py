"""How the documents of earlier releases are read."""

from dataclasses import dataclass, field
from typing import Final

from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters

USER_VERSION: Final = 1
SESSION_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class UserUpcasters:
    """Those of accounts and of sessions."""

    users: Upcasters = field(default_factory=dict)
    sessions: Upcasters = field(default_factory=dict)


def _session_without_actor(raw: Raw) -> Raw:
    """In version 1 all sessions were logins."""
    return raw | {"actor": None}


UPCASTERS: Final = UserUpcasters(sessions={1: _session_without_actor})
