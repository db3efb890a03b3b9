"""How service accounts are shown to operators."""

from collections.abc import Iterable
from datetime import datetime

from emo_grpc.cli.terminal.message_texts import time_text, timestamp
from emo_grpc.cli.terminal.printing import listed
from emo_grpc.service_accounts.service_layer.views import ServiceAccountView, ServiceKeyView
from emo_grpc.shared.domain.principal import ServicePermission


def service_row(account: ServiceAccountView) -> list[str]:
    """One line of `emo admin service ls`."""
    used = [key.last_used_time for key in account.keys if key.last_used_time]
    return [
        account.name,
        str(account.state),
        _permissions(account.permissions),
        str(len(account.keys)),
        _time(max(used, default=None)),
    ]


def facts_of(account: ServiceAccountView) -> list[tuple[str, str]]:
    """What `emo admin service show` says of it, beside its keys."""
    return [
        ("id", str(account.service_account_id)),
        ("name", account.name),
        ("description", account.description),
        ("state", str(account.state)),
        ("permissions", _permissions(account.permissions) or "none"),
        ("networks", ", ".join(map(str, account.networks)) or "any"),
        ("since", _time(account.create_time)),
    ]


def key_row(key: ServiceKeyView) -> list[str]:
    """One line of its keys."""
    return [
        str(key.key_id),
        _time(key.create_time),
        _time(key.last_used_time) or "never",
        _time(key.expire_time) or "never",
    ]


def as_dict(account: ServiceAccountView) -> dict[str, object]:
    """For programs: times are RFC 3339."""
    return {
        "service_account_id": str(account.service_account_id),
        "name": account.name,
        "description": account.description,
        "state": str(account.state),
        "permissions": sorted(each.replace("_", "-") for each in account.permissions),
        "networks": list(map(str, account.networks)),
        "keys": [_key_as_dict(key) for key in account.keys],
        "create_time": account.create_time.isoformat(),
        "update_time": account.update_time.isoformat(),
    }


def _key_as_dict(key: ServiceKeyView) -> dict[str, object]:
    return {
        "key_id": str(key.key_id),
        "create_time": key.create_time.isoformat(),
        "expire_time": key.expire_time.isoformat() if key.expire_time else None,
        "last_used_time": key.last_used_time.isoformat() if key.last_used_time else None,
    }


def _permissions(permissions: Iterable[ServicePermission]) -> str:
    return listed(each.replace("_", "-") for each in permissions)


def _time(time: datetime | None) -> str:
    return time_text(timestamp(time)) if time else ""
