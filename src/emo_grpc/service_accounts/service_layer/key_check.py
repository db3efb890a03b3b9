"""Whether a service may come in, and whether it still may."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Protocol
from uuid import UUID

from emo_grpc.service_accounts.domain.commands import NoteKeyUse
from emo_grpc.service_accounts.domain.errors import ServiceKeyInvalid
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_account import ServiceAccount
from emo_grpc.service_accounts.domain.service_key import KeyText
from emo_grpc.shared.domain.audit import Actor, ActorKind
from emo_grpc.shared.domain.call_errors import NetworkNotAllowed
from emo_grpc.shared.domain.errors import ConcurrentChange, SessionRevoked, Unavailable
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePrincipal
from emo_grpc.shared.service_layer.audit.origin import refusal_now
from emo_grpc.shared.service_layer.audit.writer import Refusals
from emo_grpc.shared.service_layer.clock import Clock


class ServiceAccountsReader(Protocol):
    """Reads what keys are checked against, outside of any unit of work, as last committed."""

    async def with_keys(self, service_account_id: ActorId) -> ServiceAccount | None:
        """One with its keys, or None. One read by primary key, for calls of services ask for it.

        Raises ServiceAccountRecordCorrupt.
        """
        ...


class KeyCheck:
    """Reads the account each time, so that what administrators change counts at once.

    `note_use` is called with keys that came in and whose last use is a minute old; that it fails refuses nobody.
    """

    def __init__(
        self,
        reader: ServiceAccountsReader,
        note_use: Callable[[NoteKeyUse], Awaitable[None]],
        refusals: Refusals,
        clock: Clock,
    ) -> None:
        self._reader = reader
        self._note_use = note_use
        self._refusals = refusals
        self._clock = clock

    async def by_key(self, text: str, peer: str) -> ServicePrincipal:
        """The service whose key this is, calling from that address.

        Raises ServiceKeyMistyped, ServiceKeyInvalid, NetworkNotAllowed, ServiceAccountRecordCorrupt or Unavailable.
        """
        key, now = KeyText.parse(text), self._clock()
        account = await self._reader.with_keys(key.actor_id)
        if account is None:
            raise ServiceKeyInvalid
        with self._telling(account, key, now):
            if not account.accepts(key, now):
                raise ServiceKeyInvalid
            _require_network(account, peer)
        if account.use_key(key.key_id, now):
            with suppress(ConcurrentChange, Unavailable):
                await self._note_use(NoteKeyUse(service_account_id=account.service_account_id, key_id=key.key_id))
        return _principal(account, key.key_id)

    async def standing(self, actor: ActorId, key_id: UUID, peer: str | None) -> ServicePrincipal:
        """What a service that came in by this key is now. `peer` None: wherever it calls from.

        Raises SessionRevoked, NetworkNotAllowed, ServiceAccountRecordCorrupt or Unavailable.
        """
        account, key = await self._reader.with_keys(actor), ServiceKeyId(key_id)
        if account is None or not account.has_live_key(key, self._clock()):
            raise SessionRevoked("the service's key is not good any more")
        if peer is not None:
            _require_network(account, peer)
        return _principal(account, key)

    @contextmanager
    def _telling(self, account: ServiceAccount, key: KeyText, now: datetime) -> Iterator[None]:
        """Note it in the audit trail when the block refuses a key; who does not have its secret is not the service."""
        try:
            yield
        except (ServiceKeyInvalid, NetworkNotAllowed) as error:
            actor = Actor(ActorKind.SERVICE, key.actor_id.value) if account.has_key(key) else None
            details = {"service_account_id": str(key.actor_id), "key_id": str(key.key_id)}
            self._refusals.note(refusal_now(error, None, now, actor, details))
            raise


def _require_network(account: ServiceAccount, peer: str) -> None:
    if not account.may_come_from(peer):
        raise NetworkNotAllowed("this service account may not come from this address")


def _principal(account: ServiceAccount, key_id: ServiceKeyId) -> ServicePrincipal:
    return ServicePrincipal(
        actor=account.service_account_id, key_id=key_id.value, name=account.name, permissions=account.permissions
    )
