"""Who calls."""

from typing import Protocol

from emo_grpc.shared.domain.principal import Principal


class Authenticator(Protocol):
    """Tells on whose behalf an access token speaks. Raises `Unavailable` when the sessions can't be read."""

    async def authenticate(self, access_token: str) -> Principal:
        """The caller, if the token is valid and its session lives.

        Raises `TokenInvalid`, `TokenExpired` or `SessionRevoked`.
        """
        ...

    async def confirm(self, principal: Principal) -> None:
        """Raise `SessionRevoked` if the session of a caller who was let in has ended; the token's time is no matter."""
        ...
