"""What can go wrong with mailed tokens, and with changes of address."""

from datetime import timedelta

from emo_grpc.shared.domain.errors import FieldViolation, InvalidArgument, ResourceExhausted
from emo_grpc.shared.domain.reasons import ErrorReason


class ActivationTokenInvalid(InvalidArgument):
    """The activation token is unknown, used or too old."""

    reason = ErrorReason.ACTIVATION_TOKEN_INVALID

    def __init__(self) -> None:
        violation = FieldViolation("activation_token", "is unknown, used or too old")
        super().__init__(f"{violation.field}: {violation.description}", [violation])


class ResetTokenInvalid(InvalidArgument):
    """The token for another password is unknown, used or too old, or the account has changed since."""

    reason = ErrorReason.RESET_TOKEN_INVALID

    def __init__(self) -> None:
        violation = FieldViolation("reset_token", "is unknown, used or too old")
        super().__init__(f"{violation.field}: {violation.description}", [violation])


class EmailTokenInvalid(InvalidArgument):
    """The token of a change of address is unknown, used or too old; `field` is the one that it came in."""

    reason = ErrorReason.EMAIL_TOKEN_INVALID

    def __init__(self, field: str) -> None:
        violation = FieldViolation(field, "is unknown, used or too old")
        super().__init__(f"{violation.field}: {violation.description}", [violation])


class TooManyEmailChanges(ResourceExhausted):
    """As many changes of address as can be undone at a time."""

    reason = ErrorReason.TOO_MANY_EMAIL_CHANGES

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("the address was changed too often within a week; wait a while", retry_after=retry_after)
