"""Service accounts as documents: JSON's own types.

Times are RFC 3339 in UTC, hashes are hex, ids the text of the UUID, networks in CIDR notation.
"""

from ipaddress import ip_network
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from emo_grpc.service_accounts.domain.errors import ServiceAccountNotFound, ServiceAccountRecordCorrupt
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_account import (
    DamagedServiceAccount,
    ServiceAccount,
    ServiceAccountState,
)
from emo_grpc.service_accounts.domain.service_key import ServiceKey
from emo_grpc.shared.adapters.document_kind import DocumentKind
from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters, require_text, upcast
from emo_grpc.shared.adapters.times import stored_time, time_text
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePermission

SERVICE_ACCOUNT_VERSION: Final = 1
UPCASTERS: Final[Upcasters] = {}
"""None yet: every document is of the first version still."""


class ServiceKeyDocument(TypedDict):
    """A key; SHA-256, hex. No time = never."""

    key_id: str
    secret_hash: str
    create_time: str
    expire_time: str | None
    last_used_time: str | None


class ServiceAccountDocument(TypedDict):
    """A service account, version 1. Its `version` (the optimistic one) is kept beside it."""

    schema_version: int
    service_account_id: str
    name: str
    description: str
    permissions: list[ServicePermission]
    networks: list[str]
    state: ServiceAccountState
    keys: list[ServiceKeyDocument]
    create_time: str
    update_time: str
    revision: int


_SHAPE: Final = TypeAdapter(ServiceAccountDocument)


def service_account_to_document(account: ServiceAccount) -> ServiceAccountDocument:
    """Write a service account."""
    return {
        "schema_version": SERVICE_ACCOUNT_VERSION,
        "service_account_id": str(account.service_account_id),
        "name": account.name,
        "description": account.description,
        "permissions": sorted(account.permissions),
        "networks": list(map(str, account.networks)),
        "state": account.state,
        "keys": list(map(_key_to_document, account.keys)),
        "create_time": time_text(account.create_time),
        "update_time": time_text(account.update_time),
        "revision": account.revision,
    }


def service_account_from_document(raw: Raw, version: int, upcasters: Upcasters = UPCASTERS) -> ServiceAccount:
    """Read a service account of any known schema version; raises of UNREADABLE."""
    document = _SHAPE.validate_python(upcast(raw, upcasters, SERVICE_ACCOUNT_VERSION))
    require_text(document["name"], document["description"])
    return ServiceAccount(
        version=version,
        service_account_id=ActorId(UUID(document["service_account_id"])),
        name=document["name"],
        description=document["description"],
        permissions=frozenset(document["permissions"]),
        networks=tuple(map(ip_network, document["networks"])),
        state=document["state"],
        keys=tuple(map(_key_from_document, document["keys"])),
        create_time=stored_time(document["create_time"]),
        update_time=stored_time(document["update_time"]),
        revision=document["revision"],
    )


def _key_to_document(key: ServiceKey) -> ServiceKeyDocument:
    return {
        "key_id": str(key.key_id),
        "secret_hash": key.secret_hash,
        "create_time": time_text(key.create_time),
        "expire_time": time_text(key.expire_time) if key.expire_time else None,
        "last_used_time": time_text(key.last_used_time) if key.last_used_time else None,
    }


def _key_from_document(document: ServiceKeyDocument) -> ServiceKey:
    require_text(document["secret_hash"])
    return ServiceKey(
        key_id=ServiceKeyId(UUID(document["key_id"])),
        secret_hash=document["secret_hash"],
        create_time=stored_time(document["create_time"]),
        expire_time=stored_time(document["expire_time"]) if document["expire_time"] else None,
        last_used_time=stored_time(document["last_used_time"]) if document["last_used_time"] else None,
    )


SERVICE_ACCOUNT: Final[DocumentKind[ActorId, ServiceAccount, DamagedServiceAccount]] = DocumentKind(
    name="service_accounts",
    id_name="service_account_id",
    id_type=ActorId,
    aggregate=ServiceAccount,
    schema_version=SERVICE_ACCOUNT_VERSION,
    upcasters=UPCASTERS,
    from_document=service_account_from_document,
    not_found=ServiceAccountNotFound,
    corrupt=ServiceAccountRecordCorrupt,
)
