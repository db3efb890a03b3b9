"""Where and on what the owner of an account has logged in."""

from contextlib import suppress
from typing import Final

from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.throttling import DEVICE_LIFETIME, FAMILIAR_FOR, ThrottleKey
from emo_grpc.users.domain.user import User
from emo_grpc.users.service_layer.device_tokens import DeviceTokens
from emo_grpc.users.service_layer.ports import Credentials, LoginThrottle

ANY_DEVICE: Final = ""
"""Stands for all devices: whether any was remembered."""


class FamiliarPeers:
    """Lets a login from an address, or on a device, that knew the password before count by itself.

    A device proves it by its token, wherever it is; an address needs none, for clients that keep nothing. So what
    strangers try elsewhere keeps no owner out, nor do those behind the owner's address who try other accounts.
    With another password all are strangers again, but for where it was changed: the reason may be who knew the last.
    For an unknown name the same is asked of the store as for a known one, or the time would tell which it is.
    """

    def __init__(self, throttle: LoginThrottle, tokens: DeviceTokens, clock: Clock) -> None:
        self._throttle = throttle
        self._tokens = tokens
        self._clock = clock

    def device(self, credentials: Credentials | None, token: str) -> str | None:
        """The name of the device, if its token is good for this account now."""
        if credentials is None or not token:
            return None
        return self._tokens.device(token, credentials.user_id, credentials.password_changes, self._clock())

    def token(self, whose: Credentials | User, device: str | None) -> str:
        """What the device shows next time; None: it had no good token."""
        end = self._clock() + DEVICE_LIFETIME
        return self._tokens.issue(whose.user_id, whose.password_changes, device, end)

    async def keys(
        self, credentials: Credentials | None, name: str, peer: str, device: str | None
    ) -> list[ThrottleKey]:
        """What a login counts under; `name` is what the caller typed, and `credentials` whom that is."""
        if credentials is not None and device is not None:
            account = str(credentials.user_id)
            return [ThrottleKey.trusted_device(account, device), ThrottleKey.trusted_devices(account)]
        familiar = ThrottleKey.familiar(name, peer) if credentials is None else _unguessed(credentials, peer)
        if await self._knows(familiar):
            return [familiar]
        key = ThrottleKey.nobody(name) if credentials is None else ThrottleKey.account(str(credentials.user_id))
        return [key, ThrottleKey.network(peer), ThrottleKey.share(peer)]

    async def is_known_device(self, credentials: Credentials, device_id: str, peer: str) -> bool:
        """Whether its owner logged in from there within the last 90 days; a device without an id is told by the peer.

        The first login of all is no news to anybody, so it counts as known: that of an account of less than 90 days
        that no device is remembered of.
        """
        account = str(credentials.user_id)
        if await self._knows(
            ThrottleKey.device(account, device_id) if device_id else ThrottleKey.familiar(account, peer)
        ):
            return True
        return credentials.create_time > self._clock() - FAMILIAR_FOR and not await self._knows(
            ThrottleKey.device(account, ANY_DEVICE)
        )

    async def remember(self, credentials: Credentials, device_id: str, peer: str) -> None:
        """Know this address and this device from now on. Not written again for ten days."""
        account = str(credentials.user_id)
        with suppress(ConcurrentChange, Unavailable):  # the login itself is right
            for key in {ThrottleKey.familiar(account, peer), _unguessed(credentials, peer)}:
                await self._remember(key)
            if await self._remember(ThrottleKey.device(account, device_id)) and device_id:
                await self._remember(ThrottleKey.device(account, ANY_DEVICE))

    async def remember_change(self, user: User, peer: str) -> None:
        """Know the address where an account got another password."""
        with suppress(ConcurrentChange, Unavailable):  # the password is changed
            await self._remember(_unguessed(user, peer))

    async def _knows(self, key: ThrottleKey) -> bool:
        until = await self._throttle.familiar_until(key)
        return until is not None and self._clock() < until

    async def _remember(self, key: ThrottleKey) -> bool:
        now = self._clock()
        until = await self._throttle.familiar_until(key)
        if until is not None and until - now >= FAMILIAR_FOR * 8 / 9:
            return False
        await self._throttle.remember(key, now + FAMILIAR_FOR)
        return True


def _unguessed(whose: Credentials | User, peer: str) -> ThrottleKey:
    """Of logins from an address that has known this password, and not just an earlier one."""
    changes = f" {whose.password_changes}" if whose.password_changes else ""
    return ThrottleKey.familiar(f"{whose.user_id}{changes}", peer)
