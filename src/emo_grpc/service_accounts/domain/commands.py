"""What can be asked of service accounts. Each command checks its own fields, and names all that are wrong at once."""

from dataclasses import dataclass, field
from datetime import datetime

from emo_grpc.service_accounts.domain import rules
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_account import Network, ServiceAccountState
from emo_grpc.shared.domain.ids import ActorId, RequestId
from emo_grpc.shared.domain.messages import Command, Result_co
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.domain.text import Violations


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountCommand(Command[Result_co]):
    """Changes a service account."""

    service_account_id: ActorId

    @property
    def subject(self) -> ActorId:
        """The account."""
        return self.service_account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateServiceAccount(Command[ActorId]):
    """Make one, which is ACTIVE and has no key yet."""

    name: str
    description: str = ""
    permissions: frozenset[ServicePermission] = frozenset()
    networks: tuple[Network, ...] = ()
    request_id: RequestId | None = None

    def __post_init__(self) -> None:
        violations = Violations()
        rules.check_name(violations, "service_account.name", self.name)
        rules.check_description(violations, "service_account.description", self.description)
        rules.check_networks(violations, "service_account.networks", self.networks)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateServiceAccount(ServiceAccountCommand[None]):
    """Change what is not None. A non-empty `etag` must be the current one. What is disabled can do nothing more."""

    etag: str = ""
    name: str | None = None
    description: str | None = None
    permissions: frozenset[ServicePermission] | None = None
    networks: tuple[Network, ...] | None = None
    state: ServiceAccountState | None = None

    def __post_init__(self) -> None:
        violations = Violations()
        if self.name is not None:
            rules.check_name(violations, "service_account.name", self.name)
        if self.description is not None:
            rules.check_description(violations, "service_account.description", self.description)
        if self.networks is not None:
            rules.check_networks(violations, "service_account.networks", self.networks)
        violations.raise_if_any()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveServiceAccount(ServiceAccountCommand[None]):
    """Remove one with its keys, and end all that acts in its name."""


@dataclass(frozen=True, slots=True)
class NewServiceKey:
    """A key that was just made: its text is kept nowhere."""

    key_id: ServiceKeyId
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateServiceKey(ServiceAccountCommand[NewServiceKey]):
    """Make a key. `expire_time` None: it never ends by itself."""

    expire_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeServiceKey(ServiceAccountCommand[None]):
    """Drop a key, and end all that came in by it."""

    key_id: ServiceKeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKeyUse(ServiceAccountCommand[None]):
    """Note that a key was used; ignored if there is no such key any more."""

    key_id: ServiceKeyId


@dataclass(frozen=True, slots=True)
class UpgradeDocuments(Command[int]):
    """Rewrite up to 100 documents of earlier releases as this one does; gives how many."""
