"""Compares passwords, at a bounded rate, in the same time for everybody."""

from collections.abc import Sequence
from contextlib import suppress

from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.errors import InvalidCredentials, UserNotFound
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.ports import Credentials, LoginThrottle, PasswordHasher
from emo_grpc.users.service_layer.refused_logins import RefusedLogins
from emo_grpc.users.service_layer.unit_of_work import UsersUnitOfWork


class PasswordCheck:
    """Every comparison of a password goes through here, so that none can be used to guess without limit."""

    def __init__(self, hasher: PasswordHasher, throttle: LoginThrottle, refused: RefusedLogins, clock: Clock) -> None:
        self._hasher = hasher
        self._throttle = throttle
        self._refused = refused
        self._clock = clock

    async def check(self, credentials: Credentials | None, password: str, keys: Sequence[ThrottleKey]) -> Credentials:
        """The credentials, if this is their password; raises InvalidCredentials or LoginThrottled.

        It counts as a failure before the hash is computed: a thousand guesses at once are a thousand guesses.
        """
        with self._refused.of(credentials.user_id if credentials else None):
            await self._throttle.attempt(keys, self._clock())
            password_hash = credentials.password_hash if credentials else None
            if not await self._hasher.verify(password, password_hash) or credentials is None:
                raise InvalidCredentials
        with suppress(ConcurrentChange, Unavailable):  # a right password is not refused for a count
            await self._throttle.succeeded(keys)
        return credentials


async def get_unchanged(unit: UsersUnitOfWork, checked: Credentials) -> User:
    """The account, unless it went away or had another password while the given one was being compared."""
    try:
        user = await unit.users.get(checked.user_id)
    except UserNotFound:
        raise InvalidCredentials from None
    if user.password_hash != checked.password_hash:
        raise InvalidCredentials
    return user
