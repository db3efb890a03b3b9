"""How the documents of earlier releases are read."""

from dataclasses import dataclass, field
from typing import Final

from emo_grpc.shared.adapters.schema_versions import Upcasters

USER_VERSION: Final = 1
SESSION_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class UserUpcasters:
    """Those of accounts and of sessions."""

    users: Upcasters = field(default_factory=dict)
    sessions: Upcasters = field(default_factory=dict)


UPCASTERS: Final = UserUpcasters()
"""None yet: every document is of the first version still."""
