"""How the documents of earlier releases are read."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.recovery.one_time_tokens import Binding, TokenPurpose

USER_VERSION: Final = 2
SESSION_VERSION: Final = 2


def _user_from_1(raw: Raw) -> Raw:
    """Version 1 had tokens for activation only, each as the SHA-256 of its secret: bound now as all are."""
    given = {key: value for key, value in raw.items() if key != "activation_tokens"}
    binding = Binding(TokenPurpose.ACTIVATE, UserId(UUID(str(raw["user_id"]))), state=("0", str(raw["email"])))
    tokens = [
        {
            "purpose": TokenPurpose.ACTIVATE,
            "subject": "",
            "token_hash": binding.hash(token["token_hash"]),
            "expire_time": token["expire_time"],
        }
        for token in _listed(raw["activation_tokens"])
    ]
    return given | {
        "password_changes": 0,
        "pending_email": None,
        "former_emails": [],
        "changes_end_time": None,
        "tokens": tokens,
    }


def _listed(tokens: object) -> list[dict[str, str]]:
    if not isinstance(tokens, list):
        raise TypeError("a document is damaged: its tokens are no list")
    return tokens


@dataclass(frozen=True, slots=True)
class UserUpcasters:
    """Those of accounts and of sessions."""

    users: Upcasters = field(default_factory=dict)
    sessions: Upcasters = field(default_factory=dict)


def _session_without_actor(raw: Raw) -> Raw:
    """In version 1 all sessions were logins."""
    return raw | {"actor": None}


UPCASTERS: Final = UserUpcasters(users={1: _user_from_1}, sessions={1: _session_without_actor})
