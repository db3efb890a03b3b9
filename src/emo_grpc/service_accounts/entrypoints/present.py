"""From views to the contract's messages."""

from typing import Final

from emo.service_accounts.v1 import service_accounts_pb2 as pb
from emo_grpc.service_accounts.entrypoints.translate import STATES
from emo_grpc.service_accounts.service_layer.views import ServiceAccountView, ServiceKeyView
from emo_grpc.shared.entrypoints.method import SERVICE_PERMISSIONS
from emo_grpc.shared.entrypoints.timestamps import timestamp

STATE_NUMBERS: Final = {state: number for number, state in STATES.items()}
PERMISSION_NUMBERS: Final = {permission: number for number, permission in SERVICE_PERMISSIONS.items()}


def service_account_message(account: ServiceAccountView) -> pb.ServiceAccount:
    """A service account."""
    return pb.ServiceAccount(
        service_account_id=str(account.service_account_id),
        name=account.name,
        description=account.description,
        permissions=sorted(PERMISSION_NUMBERS[each] for each in account.permissions),
        state=STATE_NUMBERS[account.state],
        networks=map(str, account.networks),
        keys=map(_key_message, account.keys),
        create_time=timestamp(account.create_time),
        update_time=timestamp(account.update_time),
        etag=account.etag,
    )


def _key_message(key: ServiceKeyView) -> pb.ServiceKey:
    return pb.ServiceKey(
        key_id=str(key.key_id),
        create_time=timestamp(key.create_time),
        expire_time=timestamp(key.expire_time) if key.expire_time else None,
        last_used_time=timestamp(key.last_used_time) if key.last_used_time else None,
    )
