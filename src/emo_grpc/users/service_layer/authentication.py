"""Who calls: a signed access token whose session lives."""

from datetime import datetime

from emo_grpc.shared.domain.call_errors import NetworkNotAllowed
from emo_grpc.shared.domain.errors import SessionRevoked
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import Caller, Principal, ServicePermission, ServicePrincipal
from emo_grpc.shared.service_layer.authentication import CallerElsewhere
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.service_layer.ports import (
    AccessClaims,
    AccessTokenVerifier,
    CredentialsReader,
    LiveSession,
    ServiceAccounts,
    ServiceClaims,
)


class SessionAuthenticator:
    """Trusts the token's signature for who and what it is, and the store for whether that still holds.

    The session is read at every call, and again while a stream runs, so a logout counts at once. The role is the
    store's too. So is what a service may do, whose account is read at every call that it makes, for itself or for a
    user; what it does for itself has no session, but ends with the key by which it came in.
    """

    def __init__(
        self, verifier: AccessTokenVerifier, reader: CredentialsReader, services: ServiceAccounts, clock: Clock
    ) -> None:
        self._verifier = verifier
        self._reader = reader
        self._services = services
        self._clock = clock

    async def authenticate(self, access_token: str, peer: str) -> Caller:
        """The caller; raises TokenInvalid, TokenExpired, SessionRevoked, CallerElsewhere or Unavailable."""
        now = self._clock()
        claims = self._verifier.verify(access_token, now)
        try:
            return await self._caller(claims, peer, now)
        except NetworkNotAllowed:
            raise CallerElsewhere(await self._caller(claims, None, now)) from None

    async def _caller(self, claims: AccessClaims | ServiceClaims, peer: str | None, now: datetime) -> Caller:
        if isinstance(claims, ServiceClaims):
            service = await self._services.standing(claims.actor, claims.key_id, peer)
            return service.with_scopes(claims.scopes)
        live = await self._live(claims.session_id, claims.user_id, now)
        may_be_admin = await self._may_be_admin(claims, peer)
        return Principal(
            user_id=claims.user_id,
            session_id=claims.session_id.value,
            is_admin=live.is_admin and may_be_admin,
            is_fresh=claims.is_fresh,
            scopes=claims.scopes,
            actor=claims.actor,
            key_id=claims.key_id,
        )

    async def confirm(self, caller: Caller, peer: str) -> None:
        """Raise SessionRevoked, NetworkNotAllowed or Unavailable unless the caller's session lives."""
        if caller.actor is not None and caller.key_id is not None:
            service = await self._services.standing(caller.actor, caller.key_id, peer)
            if isinstance(caller, Principal):
                _require_acting(service)
        if isinstance(caller, Principal):
            await self._live(SessionId(caller.session_id), caller.user_id, self._clock())

    async def _may_be_admin(self, claims: AccessClaims, peer: str | None) -> bool:
        """Whether who calls has what the user has; raises SessionRevoked unless a service may still act for users."""
        if claims.actor is None or claims.key_id is None:
            return True
        service = await self._services.standing(claims.actor, claims.key_id, peer)
        _require_acting(service)
        return ServicePermission.ADMIN in service.permissions

    async def _live(self, session_id: SessionId, user_id: UserId, now: datetime) -> LiveSession:
        live = await self._reader.live_session(session_id)
        if live is None or live.user_id != user_id or not live.is_active or live.expire_time <= now:
            raise SessionRevoked("this session was ended; log in again")
        return live


def _require_acting(service: ServicePrincipal) -> None:
    if ServicePermission.ACT_FOR_USERS not in service.permissions:
        raise SessionRevoked("this service may not act for users any more")
