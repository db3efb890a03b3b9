"""From the contract's messages to commands. All that is wrong with a request is named at once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from emo.options.v1 import options_pb2
from emo.service_accounts.v1 import service_accounts_pb2 as pb
from emo_grpc.service_accounts.domain import commands, rules
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_account import ServiceAccountState
from emo_grpc.shared.domain.ids import ActorId, RequestId
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.method import SERVICE_PERMISSIONS

STATES: Final = {
    pb.SERVICE_ACCOUNT_STATE_ACTIVE: ServiceAccountState.ACTIVE,
    pb.SERVICE_ACCOUNT_STATE_DISABLED: ServiceAccountState.DISABLED,
}
CHANGEABLE: Final = ("name", "description", "permissions", "networks", "state")
UNREADABLE: Final = ActorId(UUID(int=0))
"""Stands for an id that can't be read, so that the other fields are checked too."""


def create_service_account(request: pb.CreateServiceAccountRequest) -> commands.CreateServiceAccount:
    """Read the request; raises InvalidArgument."""
    violations, account = Violations(), request.service_account
    text = request.request_id
    request_id = violations.parse(lambda: RequestId.parse(text, "request_id")) if text else None
    permissions = _permissions(violations, account.permissions)
    networks = rules.read_networks(violations, "service_account.networks", account.networks)
    return violations.finish(
        lambda: commands.CreateServiceAccount(
            name=account.name,
            description=account.description,
            permissions=permissions,
            networks=networks,
            request_id=request_id,
        ),
    )


def update_service_account(request: pb.UpdateServiceAccountRequest) -> commands.UpdateServiceAccount:
    """Read the request; raises InvalidArgument. No mask means all that are set."""
    violations, account = Violations(), request.service_account
    paths = set(request.update_mask.paths)
    if paths - set(CHANGEABLE):
        violations.add("update_mask", f"must be of {', '.join(CHANGEABLE)}")
    new = paths or {name for name in CHANGEABLE if getattr(account, name)}
    service_account_id = _service_account_id(violations, account.service_account_id, "service_account.")
    permissions = _permissions(violations, account.permissions)
    networks = rules.read_networks(violations, "service_account.networks", account.networks)
    state = STATES.get(account.state)
    if "state" in new and state is None:
        violations.add("service_account.state", "must be ACTIVE or DISABLED")
    return violations.finish(
        lambda: commands.UpdateServiceAccount(
            service_account_id=service_account_id,
            etag=account.etag,
            name=account.name if "name" in new else None,
            description=account.description if "description" in new else None,
            permissions=permissions if "permissions" in new else None,
            networks=networks if "networks" in new else None,
            state=state if "state" in new else None,
        ),
    )


def create_service_key(request: pb.CreateServiceKeyRequest) -> commands.CreateServiceKey:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    service_account_id = _service_account_id(violations, request.service_account_id)
    expire_time = _time(violations, request.expire_time) if request.HasField("expire_time") else None
    return violations.finish(
        lambda: commands.CreateServiceKey(service_account_id=service_account_id, expire_time=expire_time)
    )


def revoke_service_key(request: pb.RevokeServiceKeyRequest) -> commands.RevokeServiceKey:
    """Read the request; raises InvalidArgument."""
    violations = Violations()
    service_account_id = _service_account_id(violations, request.service_account_id)
    key_id = violations.parse(lambda: ServiceKeyId.parse(request.key_id, "key_id")) or ServiceKeyId(UNREADABLE.value)
    return violations.finish(lambda: commands.RevokeServiceKey(service_account_id=service_account_id, key_id=key_id))


def _service_account_id(violations: Violations, text: str, path: str = "") -> ActorId:
    return violations.parse(lambda: ActorId.parse(text, f"{path}service_account_id")) or UNREADABLE


def _permissions(
    violations: Violations, values: Sequence[options_pb2.ServicePermission.ValueType]
) -> frozenset[ServicePermission]:
    if set(values) - set(SERVICE_PERMISSIONS):
        known = ", ".join(each.name for each in ServicePermission)
        violations.add("service_account.permissions", f"must be of {known}")
    return frozenset(SERVICE_PERMISSIONS[value] for value in values if value in SERVICE_PERMISSIONS)


def _time(violations: Violations, sent: Timestamp) -> datetime | None:
    try:
        return sent.ToDatetime(UTC)
    except (OverflowError, ValueError):
        violations.add("expire_time", "must be a time from year 1 to year 9999")
        return None
