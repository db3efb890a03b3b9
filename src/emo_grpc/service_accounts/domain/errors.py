"""What can go wrong with service accounts and their keys."""

from emo_grpc.shared.domain.errors import (
    AlreadyExists,
    DataLoss,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    Unauthenticated,
)
from emo_grpc.shared.domain.ids import ActorId
from emo_grpc.shared.domain.reasons import ErrorReason


class ServiceAccountNotFound(NotFound):
    """No such service account."""

    reason = ErrorReason.SERVICE_ACCOUNT_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("there is no such service account")


class ServiceAccountRecordCorrupt(DataLoss):
    """What the database has of a service account can't be read any more."""

    reason = ErrorReason.SERVICE_ACCOUNT_RECORD_CORRUPT

    def __init__(self, service_account_id: ActorId) -> None:
        super().__init__(
            "what is known of this service account was damaged in the database",
            metadata={"service_account_id": str(service_account_id)},
        )


class ServiceAccountNameTaken(AlreadyExists):
    """Another service account has this name."""

    reason = ErrorReason.SERVICE_ACCOUNT_NAME_TAKEN

    def __init__(self) -> None:
        super().__init__("another service account has this name")


class ServiceKeyNotFound(NotFound):
    """No such key of this service account."""

    reason = ErrorReason.SERVICE_KEY_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("this service account has no such key")


class TooManyServiceKeys(FailedPrecondition):
    """The service account has as many keys as one may have."""

    reason = ErrorReason.TOO_MANY_SERVICE_KEYS

    def __init__(self, maximum: int) -> None:
        super().__init__(f"a service account has at most {maximum} keys; revoke one first")


class ServiceKeyMistyped(InvalidArgument):
    """The text is no key at all: its form or its checksum is wrong."""

    reason = ErrorReason.SERVICE_KEY_MISTYPED

    def __init__(self) -> None:
        super().__init__("this is not a whole service key: there is a typo in it, or something is missing")


class ServiceKeyInvalid(Unauthenticated):
    """The key is of no service account that may come in; why is never told."""

    reason = ErrorReason.SERVICE_KEY_INVALID

    def __init__(self) -> None:
        super().__init__("this service key is not valid: it is unknown, expired or revoked, or its account is disabled")
