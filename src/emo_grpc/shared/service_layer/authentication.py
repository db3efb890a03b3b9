"""Who calls."""

from typing import Protocol

from emo_grpc.shared.domain.principal import Principal


class Authenticator(Protocol):
    """Tells on whose behalf an access token speaks.

    Raises `TokenInvalid`, `TokenExpired` or `SessionRevoked`; `Unavailable` when the sessions can't be read.
    """

    async def authenticate(self, access_token: str) -> Principal:
        """The caller, if the token is valid and its session lives."""
        ...
