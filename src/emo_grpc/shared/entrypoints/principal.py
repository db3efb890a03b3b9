"""The authenticated caller of the current call."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from emo_grpc.shared.domain.errors import TokenMissing
from emo_grpc.shared.domain.principal import Principal

_PRINCIPAL: Final[ContextVar[Principal]] = ContextVar("emo_principal")


def current_principal() -> Principal:
    """The authenticated caller, for servicers; raises TokenMissing where there is none."""
    try:
        return _PRINCIPAL.get()
    except LookupError:
        raise TokenMissing("this call carries no access token") from None


@contextmanager
def acting_for(principal: Principal) -> Iterator[None]:
    """Make `current_principal` give this one inside the block."""
    token = _PRINCIPAL.set(principal)
    try:
        yield
    finally:
        _PRINCIPAL.reset(token)
