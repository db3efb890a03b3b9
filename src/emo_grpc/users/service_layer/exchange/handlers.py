"""How services come in, in their own name and for users."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from emo_grpc.shared.domain import audit
from emo_grpc.shared.domain.audit import AuditKind
from emo_grpc.shared.domain.errors import TokenInvalid, Unauthenticated
from emo_grpc.shared.domain.events import ServiceAccountEnded
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.principal import ServicePermission, ServicePrincipal
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.damaged import DamagedSession
from emo_grpc.users.domain.exchange_commands import ActForUser, ExchangedToken, ExchangeServiceKey
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.throttling import Entrance
from emo_grpc.users.domain.user import Role
from emo_grpc.users.service_layer.entrances import Entrances
from emo_grpc.users.service_layer.exchange.delegation import delegated_claims, narrowed, session_of, user_of
from emo_grpc.users.service_layer.exchange.refused_exchanges import Attempt, RefusedExchanges
from emo_grpc.users.service_layer.ports import (
    AccessClaims,
    AccessTokenSigner,
    AccessTokenVerifier,
    ServiceAccounts,
    ServiceClaims,
)
from emo_grpc.users.service_layer.session_tokens import ACCESS_LIFETIME
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork, UsersUnits

BATCH: Final = 100
KEY_ID_CHARACTERS: Final = 50
"""Of a key, before its secret."""


@dataclass(frozen=True, slots=True)
class ExchangeHandlers:
    """The handlers, with what they need."""

    units: UsersUnits
    services: ServiceAccounts
    entrances: Entrances
    refused: RefusedExchanges
    signer: AccessTokenSigner
    verifier: AccessTokenVerifier
    clock: Clock

    async def exchange_service_key(self, command: ExchangeServiceKey) -> ExchangedToken:
        """Give the service a token; raises ServiceKeyMistyped, ServiceKeyInvalid, RateLimited or NetworkNotAllowed."""
        service = await self._by_key(command.service_key, command.peer)
        async with self.units() as unit:
            await unit.audit.append(
                AuditKind.TOKEN_EXCHANGED, None, actor=_audited(service.actor), key_id=str(service.key_id)
            )
            await unit.commit()
        issue_time = self.clock().replace(microsecond=0)
        claims = ServiceClaims(
            token_id=uuid4(),
            actor=service.actor,
            key_id=service.key_id,
            scopes=command.scopes,
            issue_time=issue_time,
            expire_time=issue_time + ACCESS_LIFETIME,
        )
        return ExchangedToken(self.signer.sign(claims), claims.expire_time, claims.scopes, actor=service.actor)

    async def act_for_user(self, command: ActForUser) -> ExchangedToken:
        """Give the service a token of the user, which is never fresh and dies with its session and the service's key.

        Raises what `exchange_service_key` does, TokenInvalid, TokenExpired or SessionRevoked of the service's token,
        ServicePermissionRequired, ScopeRequired, UserNotFound, UserNotActivated or UserDisabled.
        """
        async with self.refused.of(command.user) as attempt:
            return await self._act(command, attempt)

    async def _act(self, command: ActForUser, attempt: Attempt) -> ExchangedToken:
        service = await self._acting(command, attempt)
        service.require(ServicePermission.ACT_FOR_USERS)
        scopes, now = narrowed(command.scopes, service.scopes), self.clock()
        async with self.units() as unit:
            user = await user_of(unit, command)
            user.check_can_log_in()
            if Role.ADMIN in user.roles:  # or the service would be one, too
                service.require(ServicePermission.ADMIN)
            session = await session_of(unit, user, service, scopes, now)
            await unit.audit.append(
                AuditKind.TOKEN_EXCHANGED,
                user.user_id,
                actor=attempt.actor,
                session_id=str(session.session_id),
                service=service.name,
            )
            await unit.commit()
        claims = delegated_claims(user, session, service, scopes, now)
        return ExchangedToken(
            self.signer.sign(claims), claims.expire_time, scopes, user_id=user.user_id, actor=service.actor
        )

    async def end_sessions_of_actor(self, event: ServiceAccountEnded, _: UUID) -> None:
        """End what a service did for users. Its tokens are refused already; this takes it off the users' lists."""
        count = BATCH
        while count == BATCH:
            async with self.units() as unit:
                ended = await unit.sessions.all_of_actor(event.actor_id, BATCH)
                for session in ended:
                    await _end(unit, session)
                await unit.commit()
            count = len(ended)

    async def _by_key(self, text: str, peer: str) -> ServicePrincipal:
        """The service of a key. Only keys that are not good are counted, so that nobody keeps a service out with some.

        They can't be guessed: what is bounded is the work that they make.
        """
        try:
            return await self.services.by_key(text, peer)
        except Unauthenticated:
            await self.entrances.admit(Entrance.TOKEN_EXCHANGE, text[:KEY_ID_CHARACTERS], peer)
            raise

    async def _acting(self, command: ActForUser, attempt: Attempt) -> ServicePrincipal:
        if command.actor_token_type == "service_key":  # noqa: S105 - the name of a kind of token, no secret
            service = await self._by_key(command.actor_token, command.peer)
            attempt.actor = _audited(service.actor)
            return service
        claims = self.verifier.verify(command.actor_token, self.clock())
        attempt.actor = _bearer(claims)
        if not isinstance(claims, ServiceClaims):
            raise TokenInvalid("the actor_token must be an access token of a service, not one of a user")
        service = await self.services.standing(claims.actor, claims.key_id, command.peer)
        return service.with_scopes(claims.scopes)


def _audited(actor: ActorId) -> audit.Actor:
    return audit.Actor(audit.ActorKind.SERVICE, actor.value)


def _bearer(claims: AccessClaims | ServiceClaims) -> audit.Actor:
    """Who calls with such a token."""
    if claims.actor is not None:
        return _audited(claims.actor)
    return audit.Actor.user(claims.user_id)


async def _end(unit: UsersUnitOfWork, session: Session | DamagedSession) -> None:
    await unit.sessions.remove(session.session_id)
    service = session.actor.name if isinstance(session, Session) and session.actor else ""
    await unit.audit.append(
        AuditKind.SESSION_ENDED,
        session.user_id,
        session_id=str(session.session_id),
        service=service,
        cause="service ended",
    )
