"""The reasons a client can branch on."""

from enum import StrEnum, auto


class ErrorReason(StrEnum):
    """The names of `emo.errors.v1.ErrorReason`, without their prefix; a test keeps both in step."""

    @staticmethod
    def _generate_next_value_(name: str, *_: object) -> str:
        return name

    INTERNAL = auto()
    NOT_IMPLEMENTED = auto()
    ENGINE_UNAVAILABLE = auto()
    SERVER_DRAINING = auto()
    INVALID_ARGUMENT = auto()
    UNDECODABLE_MESSAGE = auto()
    INVALID_PAGE_TOKEN = auto()
    ETAG_MISMATCH = auto()
    CONCURRENT_CHANGE = auto()
    REQUEST_ID_REUSED = auto()
    DEADLINE_EXCEEDED = auto()
    STORAGE_FULL = auto()
    TOO_MANY_CALLS = auto()
    CLIENT_STALLED = auto()
    TOKEN_MISSING = auto()
    TOKEN_INVALID = auto()
    TOKEN_EXPIRED = auto()
    SESSION_REVOKED = auto()
    FRESH_LOGIN_REQUIRED = auto()
    ADMIN_REQUIRED = auto()
    ACCESS_NOT_DECLARED = auto()
    SCOPE_REQUIRED = auto()
    INVALID_CREDENTIALS = auto()
    LOGIN_THROTTLED = auto()
    USER_NOT_ACTIVATED = auto()
    USER_DISABLED = auto()
    USER_NOT_FOUND = auto()
    USERNAME_TAKEN = auto()
    EMAIL_TAKEN = auto()
    ACTIVATION_TOKEN_INVALID = auto()
    SESSION_NOT_FOUND = auto()
    REFRESH_TOKEN_INVALID = auto()
    REFRESH_TOKEN_REUSED = auto()
    LAST_ADMIN = auto()
    USER_RECORD_CORRUPT = auto()
    SESSION_RECORD_CORRUPT = auto()
    ASSET_NOT_FOUND = auto()
    FILE_NOT_COMPLETE = auto()
    FILE_ALREADY_COMPLETE = auto()
    OFFSET_OUT_OF_RANGE = auto()
    UPLOAD_PROTOCOL_VIOLATION = auto()
    SIZE_MISMATCH = auto()
    CHUNK_CHECKSUM_MISMATCH = auto()
    FILE_CHECKSUM_MISMATCH = auto()
    STORED_FILE_CORRUPT = auto()
    UPLOAD_SUPERSEDED = auto()
    QUOTA_EXCEEDED = auto()
    UPLOAD_STALLED = auto()
    TOO_MANY_PENDING_ASSETS = auto()
    METADATA_QUOTA_EXCEEDED = auto()
    ASSET_RECORD_CORRUPT = auto()
