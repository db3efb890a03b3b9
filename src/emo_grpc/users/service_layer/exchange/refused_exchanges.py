"""Tells the audit trail of services that were refused an account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from emo_grpc.shared.domain.audit import Actor
from emo_grpc.shared.domain.errors import EmoError, FailedPrecondition, PermissionDenied, Unauthenticated
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.exchange_commands import Username
from emo_grpc.users.domain.external_identity import ExternalIdentity
from emo_grpc.users.service_layer.ports import CredentialsReader
from emo_grpc.users.service_layer.refused_logins import RefusedLogins

REFUSED: Final = (Unauthenticated, PermissionDenied, FailedPrecondition)


@dataclass(slots=True)
class Attempt:
    """An exchange under way; `actor` as soon as it is known who asks for it."""

    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class RefusedExchanges:
    """What is asked for a user that nobody is concerns nobody; whether there is one makes no difference to who asks."""

    reader: CredentialsReader
    refused: RefusedLogins

    @asynccontextmanager
    async def of(self, user: UserId | Username | ExternalIdentity) -> AsyncIterator[Attempt]:
        """Note it when the block refuses an exchange for a user."""
        attempt = Attempt()
        try:
            yield attempt
        except REFUSED as error:
            with suppress(EmoError):  # what is told is why the exchange was refused
                account = await self._account(user)
                if account is not None:
                    self.refused.note(error, account, attempt.actor)
            raise

    async def _account(self, user: UserId | Username | ExternalIdentity) -> UserId | None:
        if isinstance(user, ExternalIdentity):
            return await self.reader.user_id_by_identity(user)
        if isinstance(user, Username):
            found = await self.reader.credentials_by_username(user.name.lower())
        else:
            found = await self.reader.credentials(user)
        return None if found is None else found.user_id
