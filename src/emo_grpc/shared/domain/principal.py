"""On whose behalf a call runs."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from emo_grpc.shared.domain.call_errors import ServicePermissionRequired
from emo_grpc.shared.domain.ids import ActorId, UserId


class ServicePermission(StrEnum):
    """What a service account may do; see `emo.options.v1.ServicePermission`."""

    ACT_FOR_USERS = "act_for_users"
    READ_ALL = "read_all"
    REGISTER_USERS = "register_users"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user whom a valid access token vouches for.

    `is_fresh`: the token came from a password login. `scopes`: the services it is good for; empty = all. `actor` is the
    service account that makes the call for the user, and `key_id` the key of that account by which it may; both are
    None where the user makes the call. `is_admin` then needs the permission of the service, too.
    """

    user_id: UserId
    session_id: UUID
    is_admin: bool = False
    is_fresh: bool = False
    scopes: frozenset[str] = frozenset()
    actor: ActorId | None = None
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """A service account that calls in its own name; it is no user, and has nothing that belongs to one.

    `key_id` is the key by which it came in, `scopes` are as in `Principal`.
    """

    actor: ActorId
    key_id: UUID
    name: str
    permissions: frozenset[ServicePermission]
    scopes: frozenset[str] = frozenset()

    def with_scopes(self, scopes: frozenset[str]) -> "ServicePrincipal":
        """The same, by a token that is good for these."""
        return replace(self, scopes=scopes)

    def require(self, permission: ServicePermission) -> None:
        """Raise ServicePermissionRequired unless it has it."""
        if permission not in self.permissions:
            raise ServicePermissionRequired(
                f"this service may not: it needs the permission {permission.name}",
                metadata={"permission": permission.name},
            )


Caller = Principal | ServicePrincipal
"""Whoever a valid access token vouches for."""
