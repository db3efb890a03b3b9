"""Who calls: a signed access token whose session lives."""

from datetime import datetime

from emo_grpc.shared.domain.errors import SessionRevoked
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import Caller, Principal
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.service_layer.ports import AccessTokenVerifier, CredentialsReader, LiveSession


class SessionAuthenticator:
    """Trusts the token's signature for who and what it is, and the store for whether that still holds.

    The session is read at every call, and again while a stream runs, so a logout counts at once. The role is the
    store's too.
    """

    def __init__(self, verifier: AccessTokenVerifier, reader: CredentialsReader, clock: Clock) -> None:
        self._verifier = verifier
        self._reader = reader
        self._clock = clock

    async def authenticate(self, access_token: str, peer: str) -> Caller:
        """The caller; raises TokenInvalid, TokenExpired, SessionRevoked or Unavailable."""
        del peer
        now = self._clock()
        claims = self._verifier.verify(access_token, now)
        live = await self._live(claims.session_id, claims.user_id, now)
        return Principal(
            user_id=claims.user_id,
            session_id=claims.session_id.value,
            is_admin=live.is_admin,
            is_fresh=claims.is_fresh,
            scopes=claims.scopes,
        )

    async def confirm(self, caller: Caller) -> None:
        """Raise SessionRevoked, or Unavailable, unless the caller's session lives."""
        if isinstance(caller, Principal):
            await self._live(SessionId(caller.session_id), caller.user_id, self._clock())

    async def _live(self, session_id: SessionId, user_id: UserId, now: datetime) -> LiveSession:
        live = await self._reader.live_session(session_id)
        if live is None or live.user_id != user_id or not live.is_active or live.expire_time <= now:
            raise SessionRevoked("this session was ended; log in again")
        return live
