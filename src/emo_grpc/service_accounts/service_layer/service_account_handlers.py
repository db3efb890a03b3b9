"""What administrators do with service accounts, and what is noted when a key is used."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from emo_grpc.service_accounts.domain.commands import (
    CreateServiceAccount,
    CreateServiceKey,
    NewServiceKey,
    NoteKeyUse,
    RemoveServiceAccount,
    RevokeServiceKey,
    UpdateServiceAccount,
)
from emo_grpc.service_accounts.domain.errors import ServiceAccountNotFound, ServiceKeyNotFound
from emo_grpc.service_accounts.domain.service_account import DamagedServiceAccount, ServiceAccount
from emo_grpc.service_accounts.domain.service_key import KeyText
from emo_grpc.service_accounts.service_layer.unit_of_work import ServiceAccountsUnitOfWork, ServiceAccountsUnits
from emo_grpc.shared.domain.audit import AuditKind
from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.idempotency import fingerprint, once

CREATE_SCOPE: Final = "CreateServiceAccount"


@dataclass(frozen=True, slots=True)
class ServiceAccountHandlers:
    """The handlers, with what they need. All but the first raise ServiceAccountNotFound."""

    units: ServiceAccountsUnits
    clock: Clock

    async def create_service_account(self, command: CreateServiceAccount) -> ActorId:
        """Make one; the same request_id again gives the first one's id. Raises ServiceAccountNameTaken."""
        now = self.clock()
        account = ServiceAccount.create(
            name=command.name,
            description=command.description,
            permissions=command.permissions,
            networks=command.networks,
            now=now,
        )
        async with self.units() as unit:
            result, is_new = await once(
                unit.idempotency,
                scope=CREATE_SCOPE,
                request_id=command.request_id,
                request=_fingerprint(command),
                now=now,
                make=partial(_add, unit, account),
            )
            if is_new:
                await unit.commit()
        return ActorId.parse(result, "service_account_id")

    async def update_service_account(self, command: UpdateServiceAccount) -> None:
        """Change what is given; raises EtagMismatch or ServiceAccountNameTaken."""
        async with self.units() as unit:
            account = await unit.service_accounts.get(command.service_account_id)
            account.check_etag(command.etag)
            account.change(
                self.clock(),
                name=command.name,
                description=command.description,
                permissions=command.permissions,
                networks=command.networks,
                state=command.state,
            )
            await unit.service_accounts.save(account)
            await _tell(unit, AuditKind.SERVICE_ACCOUNT_CHANGED, account, state=str(account.state))
            await unit.commit()

    async def remove_service_account(self, command: RemoveServiceAccount) -> None:
        """Remove one, also a damaged one."""
        async with self.units() as unit:
            account = await unit.service_accounts.find(command.service_account_id)
            if account is None:
                raise ServiceAccountNotFound
            account.remove()
            await unit.service_accounts.remove(account)
            await _tell(unit, AuditKind.SERVICE_ACCOUNT_REMOVED, account)
            await unit.commit()

    async def create_service_key(self, command: CreateServiceKey) -> NewServiceKey:
        """Make a key; raises TooManyServiceKeys, or InvalidArgument if its time is over already."""
        now = self.clock()
        if command.expire_time is not None and command.expire_time <= now:
            raise InvalidArgument.of("expire_time", "must be in the future")
        async with self.units() as unit:
            account = await unit.service_accounts.get(command.service_account_id)
            key = KeyText.mint(account.service_account_id)
            account.add_key(key, command.expire_time, now)
            await unit.service_accounts.save(account)
            await _tell(unit, AuditKind.SERVICE_KEY_CREATED, account, key_id=str(key.key_id))
            await unit.commit()
        return NewServiceKey(key.key_id, key.text)

    async def revoke_service_key(self, command: RevokeServiceKey) -> None:
        """Drop a key; raises ServiceKeyNotFound."""
        async with self.units() as unit:
            account = await unit.service_accounts.get(command.service_account_id)
            account.revoke_key(command.key_id, self.clock())
            await unit.service_accounts.save(account)
            await _tell(unit, AuditKind.SERVICE_KEY_REVOKED, account, key_id=str(command.key_id))
            await unit.commit()

    async def note_key_use(self, command: NoteKeyUse) -> None:
        """Note it, at most once a minute for each key."""
        async with self.units() as unit:
            try:
                account = await unit.service_accounts.get(command.service_account_id)
                is_news = account.use_key(command.key_id, self.clock())
            except (ServiceAccountNotFound, ServiceKeyNotFound):
                return
            if is_news:
                await unit.service_accounts.save(account)
                await unit.commit()


async def _add(unit: ServiceAccountsUnitOfWork, account: ServiceAccount) -> str:
    await unit.service_accounts.add(account)
    await _tell(unit, AuditKind.SERVICE_ACCOUNT_CREATED, account, permissions=", ".join(sorted(account.permissions)))
    return str(account.service_account_id)


async def _tell(
    unit: ServiceAccountsUnitOfWork, kind: AuditKind, account: ServiceAccount | DamagedServiceAccount, **details: str
) -> None:
    account_id = str(account.service_account_id)
    await unit.audit.append(kind, None, actor=None, service_account_id=account_id, **details)


def _fingerprint(command: CreateServiceAccount) -> str:
    permissions, networks = sorted(command.permissions), list(map(str, command.networks))
    return fingerprint(command.name, command.description, permissions, networks)
