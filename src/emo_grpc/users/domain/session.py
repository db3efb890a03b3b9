"""A login that has not ended, or what a service does for a user."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.users.domain.errors import RefreshTokenInvalid, RefreshTokenReused
from emo_grpc.users.domain.events import NewDeviceUsed
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.rules import MAX_DEVICE_ID
from emo_grpc.users.domain.secrets import RefreshToken

REFRESH_LIFETIME: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Actor:
    """A service that acts for a user, and its name when it last got a token for that."""

    actor_id: ActorId
    name: str


@dataclass(slots=True, kw_only=True)
class Session(Aggregate):
    """A login. Ended ones are removed, so one that exists and has not expired is alive.

    Of its refresh tokens only SHA-256 sums are kept, hex: `family_hash` of the part that all of them share,
    `token_hash` of the latest one whole. So any earlier token is known for what it is, however many there were.

    One with an `actor` is no login: it is all that a service does for the user, and has no refresh tokens.
    """

    session_id: SessionId
    user_id: UserId
    device_id: str
    scopes: frozenset[str]
    family_hash: str = field(repr=False)
    token_hash: str = field(repr=False)
    create_time: datetime
    last_used_time: datetime
    expire_time: datetime
    actor: Actor | None = None

    @classmethod
    def delegate(cls, user_id: UserId, actor: Actor, scopes: frozenset[str], now: datetime) -> "Session":
        """Make the one in which a service acts for a user; nobody gets a refresh token of it."""
        return cls(
            session_id=SessionId.new(),
            user_id=user_id,
            device_id="",
            scopes=scopes,
            family_hash="",
            token_hash="",
            create_time=now,
            last_used_time=now,
            expire_time=now + REFRESH_LIFETIME,
            actor=actor,
        )

    def delegated_again(self, actor: Actor, scopes: frozenset[str], now: datetime, every: timedelta) -> bool:
        """Note that the service got another token of the user; gives whether that has to be stored.

        It has not if nothing else is new and the last one is younger than `every`.
        """
        if (actor, scopes) == (self.actor, self.scopes) and now - self.last_used_time < every:
            return False
        self.actor, self.scopes = actor, scopes
        self.last_used_time, self.expire_time = now, now + REFRESH_LIFETIME
        return True

    @classmethod
    def begin(
        cls, user_id: UserId, device_id: str, scopes: frozenset[str], now: datetime
    ) -> tuple["Session", RefreshToken]:
        """Make a session and its first refresh token."""
        token = RefreshToken.first(SessionId.new())
        session = cls(
            session_id=token.session_id,
            user_id=user_id,
            device_id=device_id,
            scopes=scopes,
            family_hash=token.family_hash,
            token_hash=token.token_hash,
            create_time=now,
            last_used_time=now,
            expire_time=now + REFRESH_LIFETIME,
        )
        return session, token

    @classmethod
    def begin_short(
        cls, user_id: UserId, device_id: str, scopes: frozenset[str], now: datetime, lifetime: timedelta
    ) -> "Session":
        """Make a session that nobody gets a refresh token of."""
        session, _ = cls.begin(user_id, device_id[:MAX_DEVICE_ID], scopes, now)
        session.expire_time = now + lifetime
        return session

    def report_new_device(self, peer: str) -> None:
        """Note that its owner has not logged in from there before."""
        self.record(NewDeviceUsed(self.user_id, self.device_id, peer, self.create_time))

    def owns(self, token: RefreshToken) -> bool:
        """Whether it is the latest token of this session, or any earlier one."""
        return hmac.compare_digest(self.family_hash, token.family_hash)

    def rotate(self, token: RefreshToken, now: datetime) -> RefreshToken:
        """Spend the latest refresh token for the next one, which lives for another 30 days.

        Raises RefreshTokenInvalid, also when the session has expired, and RefreshTokenReused for a spent one; then the
        session has to be ended, for one of two holders is a thief.
        """
        if not self.owns(token) or now >= self.expire_time:
            raise RefreshTokenInvalid
        if not hmac.compare_digest(self.token_hash, token.token_hash):
            raise RefreshTokenReused
        successor = token.next()
        self.token_hash = successor.token_hash
        self.last_used_time = now
        self.expire_time = now + REFRESH_LIFETIME
        return successor
