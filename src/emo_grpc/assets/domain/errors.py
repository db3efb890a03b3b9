"""What can go wrong with assets and their files."""

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.shared.domain.errors import (
    Aborted,
    DataLoss,
    FailedPrecondition,
    FieldViolation,
    InvalidArgument,
    NotFound,
    OutOfRange,
    ResourceExhausted,
    SessionRevoked,
    Unavailable,
)
from emo_grpc.shared.domain.reasons import ErrorReason


class AssetNotFound(NotFound):
    """No such asset, or not of this caller: both look the same."""

    reason = ErrorReason.ASSET_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("there is no such asset of yours")


class UploadNotFound(NotFound):
    """No upload of this asset is under way, or there is no such asset."""

    reason = ErrorReason.ASSET_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("there is no upload of this asset")


class FileNotComplete(FailedPrecondition):
    """The file can't be downloaded before it is complete."""

    reason = ErrorReason.FILE_NOT_COMPLETE


class FileAlreadyComplete(FailedPrecondition):
    """The file is complete, and files are never replaced."""

    reason = ErrorReason.FILE_ALREADY_COMPLETE


class AssetInTrash(FailedPrecondition):
    """What is in the trash can't be changed."""

    reason = ErrorReason.ASSET_IN_TRASH

    def __init__(self) -> None:
        super().__init__("this asset is in the trash: restore it first")


class AssetNotInTrash(FailedPrecondition):
    """Only what is in the trash can be restored, or purged."""

    reason = ErrorReason.ASSET_NOT_IN_TRASH

    def __init__(self) -> None:
        super().__init__("this asset is not in the trash")


class OffsetOutOfRange(OutOfRange):
    """The offset lies beyond what is persisted (upload) or beyond the file (download)."""

    reason = ErrorReason.OFFSET_OUT_OF_RANGE


class UploadProtocolViolation(InvalidArgument):
    """A message of the upload stream came out of order."""

    reason = ErrorReason.UPLOAD_PROTOCOL_VIOLATION


class InvalidFilter(InvalidArgument):
    """A filter expression says nothing that is understood; `position` is the character, from 0, where it begins to."""

    reason = ErrorReason.INVALID_FILTER

    def __init__(self, description: str, position: int) -> None:
        field, told = "filter.expression", f"{description} (at character {position})"
        super().__init__(f"{field}: {told}", [FieldViolation(field, told)], {"position": str(position)})


class SizeMismatch(InvalidArgument):
    """More or fewer bytes came than were declared."""

    reason = ErrorReason.SIZE_MISMATCH


class ChunkChecksumMismatch(DataLoss):
    """A chunk is not what its sender meant; what was persisted before it stays."""

    reason = ErrorReason.CHUNK_CHECKSUM_MISMATCH


class FileChecksumMismatch(DataLoss):
    """The whole file is not what its sender meant."""

    reason = ErrorReason.FILE_CHECKSUM_MISMATCH


class StoredFileCorrupt(DataLoss):
    """The stored bytes, or what is known of them, were changed."""

    reason = ErrorReason.STORED_FILE_CORRUPT


class UploadCorrupt(StoredFileCorrupt):
    """What is known of an upload was changed, so that nothing can complete it: it starts over."""

    def __init__(self) -> None:
        super().__init__("what is known of this upload was changed; upload the file again from the start")


class KeyUnknown(StoredFileCorrupt):
    """The key-encryption key that protects the file is not configured."""


class UploadSuperseded(Aborted):
    """A later stream took over, or the upload was cancelled."""

    reason = ErrorReason.UPLOAD_SUPERSEDED

    def __init__(self) -> None:
        super().__init__("another upload stream took over, or the upload was cancelled")


class UploadStalled(Unavailable):
    """The stream sent no bytes for too long; empty chunks do not count."""

    reason = ErrorReason.UPLOAD_STALLED


class QuotaExceeded(ResourceExhausted):
    """The owner's storage would be over its limit."""

    reason = ErrorReason.QUOTA_EXCEEDED


class TooManyPendingAssets(ResourceExhausted):
    """The owner has as many assets without a complete file as one may have."""

    reason = ErrorReason.TOO_MANY_PENDING_ASSETS


class MetadataQuotaExceeded(ResourceExhausted):
    """What the owner's assets are described with would be over its limit."""

    reason = ErrorReason.METADATA_QUOTA_EXCEEDED


class AssetRecordCorrupt(DataLoss):
    """What the database has of an asset, or of its upload, can't be read any more."""

    reason = ErrorReason.ASSET_RECORD_CORRUPT

    def __init__(self, asset_id: AssetId) -> None:
        super().__init__(
            "what is known of this asset was damaged in the database", metadata={"asset_id": str(asset_id)}
        )


class ExpectedCountMismatch(FailedPrecondition):
    """A filter holds another number of assets than its caller expected; `actual_count` up to one above the bound."""

    reason = ErrorReason.EXPECTED_COUNT_MISMATCH

    def __init__(self, expected_count: int, actual_count: int) -> None:
        super().__init__(
            f"the filter holds another number of assets than the {expected_count} expected",
            metadata={"actual_count": str(actual_count)},
        )


class OwnerRemoved(SessionRevoked):
    """The caller's account was removed while the call was under way."""

    def __init__(self) -> None:
        super().__init__("this account was removed")


class BlobNotFound(StoredFileCorrupt):
    """The blob store does not hold the object, though the database says so."""
