"""A service account: what another backend is known by."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, Self

from emo_grpc.service_accounts.domain.errors import ServiceKeyNotFound, TooManyServiceKeys
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_key import KeyText, ServiceKey
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.errors import EtagMismatch
from emo_grpc.shared.domain.events import ServiceAccountEnded
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePermission

MAX_KEYS: Final = 10

Network = IPv4Network | IPv6Network


class ServiceAccountState(StrEnum):
    """Whether its keys and tokens are good for anything."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(slots=True, kw_only=True)
class ServiceAccount(Aggregate):
    """Its fields were checked by the command that brought them. `networks`: where it may come from; empty = anywhere.

    `revision` counts what administrators have changed, beside which the `version` counts the noted uses of keys.
    """

    service_account_id: ActorId
    name: str
    description: str
    permissions: frozenset[ServicePermission]
    networks: tuple[Network, ...]
    state: ServiceAccountState
    keys: tuple[ServiceKey, ...]
    create_time: datetime
    update_time: datetime
    revision: int = 1

    @classmethod
    def create(
        cls,
        *,
        name: str,
        description: str,
        permissions: frozenset[ServicePermission],
        networks: tuple[Network, ...],
        now: datetime,
    ) -> Self:
        """Make one that is ACTIVE and has no key yet."""
        return cls(
            service_account_id=ActorId.new(),
            name=name,
            description=description,
            permissions=permissions,
            networks=networks,
            state=ServiceAccountState.ACTIVE,
            keys=(),
            create_time=now,
            update_time=now,
        )

    @property
    def etag(self) -> str:
        """Changes with every change that an administrator makes (AIP-154)."""
        return str(self.revision)

    def check_etag(self, etag: str) -> None:
        """Raise EtagMismatch unless `etag` is empty or the current one."""
        if etag and etag != self.etag:
            raise EtagMismatch("the service account was changed in the meantime; read it again")

    def change(
        self,
        now: datetime,
        *,
        name: str | None,
        description: str | None,
        permissions: frozenset[ServicePermission] | None,
        networks: tuple[Network, ...] | None,
        state: ServiceAccountState | None,
    ) -> None:
        """Take what is not None. Disabling it is told to others, as its end is."""
        self.name = self.name if name is None else name
        self.description = self.description if description is None else description
        self.permissions = self.permissions if permissions is None else permissions
        self.networks = self.networks if networks is None else networks
        self.state = self.state if state is None else state
        if state is ServiceAccountState.DISABLED:
            self.record(ServiceAccountEnded(self.service_account_id))
        self._changed(now)

    def add_key(self, key: KeyText, expire_time: datetime | None, now: datetime) -> None:
        """Have one more key; raises TooManyServiceKeys. At the limit, those whose time is over go."""
        if len(self.keys) >= MAX_KEYS:
            self.keys = tuple(each for each in self.keys if each.is_live(now))
        if len(self.keys) >= MAX_KEYS:
            raise TooManyServiceKeys(MAX_KEYS)
        self.keys = (*self.keys, ServiceKey(key.key_id, key.secret_hash, now, expire_time))
        self._changed(now)

    def revoke_key(self, key_id: ServiceKeyId, now: datetime) -> None:
        """Drop a key; raises ServiceKeyNotFound."""
        self._key(key_id)
        self.keys = tuple(each for each in self.keys if each.key_id != key_id)
        self._changed(now)

    def has_live_key(self, key_id: ServiceKeyId, now: datetime) -> bool:
        """Whether what came in by this key is still good."""
        is_active = self.state is ServiceAccountState.ACTIVE
        return is_active and any(each.key_id == key_id and each.is_live(now) for each in self.keys)

    def has_key(self, key: KeyText) -> bool:
        """Whether this is one of its keys, good or not."""
        return any(each.is_key(key) for each in self.keys)

    def accepts(self, key: KeyText, now: datetime) -> bool:
        """Whether this is one of its keys, and good now."""
        return self.has_key(key) and self.has_live_key(key.key_id, now)

    def may_come_from(self, peer: str) -> bool:
        """Whether calls from this address are accepted; that of a local socket, which is none, only if all are."""
        if not self.networks:
            return True
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.networks)

    def use_key(self, key_id: ServiceKeyId, now: datetime) -> bool:
        """Note that a key was used; gives whether that has to be stored. Raises ServiceKeyNotFound."""
        key = self._key(key_id)
        used = key.used(now)
        self.keys = tuple(used if each is key else each for each in self.keys)
        return used is not key

    def remove(self) -> None:
        """Note that it goes away with its keys."""
        self.record(ServiceAccountEnded(self.service_account_id))

    def _key(self, key_id: ServiceKeyId) -> ServiceKey:
        for key in self.keys:
            if key.key_id == key_id:
                return key
        raise ServiceKeyNotFound

    def _changed(self, now: datetime) -> None:
        self.update_time = now
        self.revision += 1


@dataclass(slots=True, kw_only=True)
class DamagedServiceAccount(Aggregate):
    """What is left of one whose stored record can't be read any more. It can still be removed."""

    service_account_id: ActorId

    def remove(self) -> None:
        """As `ServiceAccount.remove`."""
        self.record(ServiceAccountEnded(self.service_account_id))
