"""Carries out `emo admin service`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.service_accounts import ServiceAccountsContext, build_service_accounts
from emo_grpc.cli.admin.services.formats import as_dict, facts_of, key_row, service_row
from emo_grpc.cli.assets.short_ids import match_id
from emo_grpc.cli.terminal.printing import print_facts, print_json, print_line, print_rows
from emo_grpc.service_accounts.domain.commands import (
    CreateServiceAccount,
    CreateServiceKey,
    RemoveServiceAccount,
    RevokeServiceKey,
    UpdateServiceAccount,
)
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.rules import read_networks
from emo_grpc.service_accounts.domain.service_account import Network, ServiceAccountState
from emo_grpc.service_accounts.service_layer.views import ServiceAccountView
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.domain.text import Violations

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """What of a service account is to be another; None = as it is."""

    name: str | None
    description: str | None
    permissions: Sequence[str] | None
    networks: Sequence[str] | None
    enabled: bool | None


async def create_service(
    name: str, description: str, permissions: Sequence[str], networks: Sequence[str], engines: Engines
) -> None:
    """Make one, and print its id. Raises EmoError."""
    command = CreateServiceAccount(
        name=name, description=description, permissions=_permissions(permissions), networks=_networks(networks)
    )
    print_line(str(await build_service_accounts(engines).bus.handle(command)))


async def list_all_services(engines: Engines, *, as_json: bool) -> None:
    """Print all. Raises EmoError."""
    accounts = await _all(build_service_accounts(engines))
    if as_json:
        print_json([as_dict(account) for account in accounts])
    else:
        headings = ("Name", "State", "Permissions", "Keys", "Last used")
        print_rows(headings, map(service_row, accounts), right=("Keys",))


async def show_service(name: str, engines: Engines, *, as_json: bool) -> None:
    """Print one with its keys. Raises EmoError."""
    account = await build_service_accounts(engines).views.by_name(name)
    if as_json:
        print_json(as_dict(account))
        return
    print_facts(facts_of(account))
    if account.keys:
        print_rows(("ID", "Created", "Last used", "Ends"), map(key_row, account.keys), short=True)


async def update_service(name: str, change: ServiceChange, engines: Engines) -> None:
    """Change one. Raises EmoError."""
    context = build_service_accounts(engines)
    account = await context.views.by_name(name)
    states = {None: None, True: ServiceAccountState.ACTIVE, False: ServiceAccountState.DISABLED}
    await context.bus.handle(
        UpdateServiceAccount(
            service_account_id=account.service_account_id,
            etag=account.etag,
            name=change.name,
            description=change.description,
            permissions=None if change.permissions is None else _permissions(change.permissions),
            networks=None if change.networks is None else _networks(change.networks),
            state=states[change.enabled],
        )
    )
    print_line(f"{change.name or name} is changed.")


async def remove_service(name: str, engines: Engines) -> None:
    """Remove one. Raises EmoError."""
    context = build_service_accounts(engines)
    account = await context.views.by_name(name)
    await context.bus.handle(RemoveServiceAccount(service_account_id=account.service_account_id))
    print_line(f"{name} is removed, and all its tokens are ended.")


async def create_service_key(name: str, expire_time: datetime | None, engines: Engines) -> None:
    """Make a key, and print its text. Raises EmoError."""
    context = build_service_accounts(engines)
    account = await context.views.by_name(name)
    key = await context.bus.handle(
        CreateServiceKey(service_account_id=account.service_account_id, expire_time=expire_time)
    )
    print_line(key.text)


async def revoke_service_key(name: str, key: str, engines: Engines) -> None:
    """Revoke the key whose id begins so. Raises EmoError, or Refusal if that says no single one."""
    context = build_service_accounts(engines)
    account = await context.views.by_name(name)
    key_id = ServiceKeyId.parse(match_id(key, [str(each.key_id) for each in account.keys]), "key_id")
    await context.bus.handle(RevokeServiceKey(service_account_id=account.service_account_id, key_id=key_id))
    print_line(f"Revoked {key_id}.")


async def _all(context: ServiceAccountsContext) -> list[ServiceAccountView]:
    page = await context.views.service_accounts(limit=PAGE)
    found = list(page.items)
    while page.cursor is not None:
        page = await context.views.service_accounts(limit=PAGE, after=page.cursor)
        found += page.items
    return found


def _permissions(names: Sequence[str]) -> frozenset[ServicePermission]:
    return frozenset(ServicePermission(name.replace("-", "_")) for name in names)


def _networks(texts: Sequence[str]) -> tuple[Network, ...]:
    violations = Violations()
    networks = read_networks(violations, "service_account.networks", texts)
    violations.raise_if_any()
    return networks
