"""Bounds how often strangers come to the entrances beside the login."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from emo_grpc.shared.domain.call_errors import RateLimited
from emo_grpc.shared.domain.errors import ConcurrentChange, Unavailable
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.errors import LoginThrottled
from emo_grpc.users.domain.throttling import Entrance, ThrottleKey
from emo_grpc.users.service_layer.ports import LoginThrottle


@dataclass(frozen=True, slots=True)
class Entrances:
    """Counts for each account, each network and in all, where all servers see it.

    `account` is whom a request is about, known or not: a mailbox, or the id of a key. `peer` is the caller's address.
    Nothing is counted where `is_open`, as on servers that only tests call.
    """

    throttle: LoginThrottle
    clock: Clock
    is_open: bool = False

    async def admit(self, entrance: Entrance, account: str, peer: str) -> None:
        """Count one request, however it ends; raises RateLimited."""
        if self.is_open:
            return
        try:
            await self.throttle.attempt(ThrottleKey.at(entrance, account, peer), self.clock())
        except LoginThrottled as error:
            raise RateLimited("too many requests of this kind; wait a while", retry_after=error.retry_after) from None

    @asynccontextmanager
    async def admitted(self, entrance: Entrance, account: str, peer: str) -> AsyncIterator[None]:
        """As `admit`, around what proves who the caller is; it counts for nothing when it ends without an error."""
        await self.admit(entrance, account, peer)
        yield
        if not self.is_open:
            with suppress(ConcurrentChange, Unavailable):  # a good key is not refused for a count
                await self.throttle.succeeded(ThrottleKey.at(entrance, account, peer))
