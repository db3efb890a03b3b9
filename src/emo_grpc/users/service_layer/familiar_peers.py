"""Where the owner of an account has logged in from."""

from contextlib import suppress

from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.throttling import FAMILIAR_FOR, ThrottleKey
from emo_grpc.users.service_layer.ports import Credentials, LoginThrottle


class FamiliarPeers:
    """Lets a login from an address that knew the password before count by itself.

    So what strangers try elsewhere keeps no owner out, nor do those behind the owner's address who try other accounts.
    For an unknown name the same is asked of the store as for a known one, or the time would tell which it is.
    """

    def __init__(self, throttle: LoginThrottle, clock: Clock) -> None:
        self._throttle = throttle
        self._clock = clock

    async def keys(self, credentials: Credentials | None, name: str, peer: str) -> list[ThrottleKey]:
        """What a login counts under; `name` is what the caller typed, and `credentials` whom that is."""
        account = ThrottleKey.nobody(name) if credentials is None else ThrottleKey.account(str(credentials.user_id))
        familiar = ThrottleKey.familiar(name if credentials is None else str(credentials.user_id), peer)
        until = await self._throttle.familiar_until(familiar)
        return [familiar] if until is not None and self._clock() < until else [account, ThrottleKey.peer(peer)]

    async def remember(self, credentials: Credentials, peer: str) -> None:
        """Know this address from now on. Not written again for ten days."""
        key = ThrottleKey.familiar(str(credentials.user_id), peer)
        now = self._clock()
        with suppress(ConcurrentChange, Unavailable):  # the login itself is right
            until = await self._throttle.familiar_until(key)
            if until is None or until - now < FAMILIAR_FOR * 8 / 9:
                await self._throttle.remember(key, now + FAMILIAR_FOR)
