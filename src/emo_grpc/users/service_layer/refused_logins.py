"""Tells the audit trail of passwords, logins and mailed tokens that were refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from emo_grpc.shared.domain.audit import Actor
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.audit.origin import refusal_now
from emo_grpc.shared.service_layer.audit.writer import Refusals
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.users.domain.errors import (
    IdentityNotLinked,
    InvalidCredentials,
    LoginThrottled,
    UserDisabled,
    UserNotActivated,
)
from emo_grpc.users.domain.recovery.errors import ActivationTokenInvalid, EmailTokenInvalid, ResetTokenInvalid

REFUSED: Final = (
    InvalidCredentials,
    LoginThrottled,
    UserDisabled,
    UserNotActivated,
    ActivationTokenInvalid,
    ResetTokenInvalid,
    EmailTokenInvalid,
    IdentityNotLinked,
)


@dataclass(frozen=True, slots=True)
class RefusedLogins:
    """Nobody waits until it is stored: else the time of an answer would tell whether there is such an account."""

    refusals: Refusals
    clock: Clock

    @contextmanager
    def of(self, account: UserId | None) -> Iterator[None]:
        """Note it when the block refuses an account; what is tried with a name that nobody has concerns nobody."""
        try:
            yield
        except REFUSED as error:
            if account is not None:
                self.note(error, account)
            raise

    def note(self, error: EmoError, account: UserId, actor: Actor | None = None) -> None:
        """Note that an account was refused, perhaps to somebody else than who the call is known to come from."""
        self.refusals.note(refusal_now(error, account, self.clock(), actor, {}))
