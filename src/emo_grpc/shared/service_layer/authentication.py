"""Who calls."""

from typing import Protocol

from emo_grpc.shared.domain.call_errors import NetworkNotAllowed
from emo_grpc.shared.domain.principal import Caller


class CallerElsewhere(NetworkNotAllowed):
    """Somebody may not come from where they call; `caller` is who their token says that they are."""

    def __init__(self, caller: Caller) -> None:
        super().__init__("this service account may not come from this address")
        self.caller = caller


class Authenticator(Protocol):
    """Tells on whose behalf an access token speaks. Raises `Unavailable` when the sessions can't be read."""

    async def authenticate(self, access_token: str, peer: str) -> Caller:
        """The caller, if the token is valid, its session lives, and it may come from `peer`, its address.

        Raises `TokenInvalid`, `TokenExpired`, `SessionRevoked` or `CallerElsewhere`.
        """
        ...

    async def confirm(self, caller: Caller, peer: str) -> None:
        """Raise `SessionRevoked` if the session of a caller who was let in has ended. The token may have expired.

        Raise `NetworkNotAllowed` if they may not come from `peer`, their address, any more.
        """
        ...
