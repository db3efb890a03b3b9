"""What can be asked of assets."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.event_date import DatePrecision
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.tickets import UploadTicket
from emo_grpc.assets.domain.upload import Fence
from emo_grpc.shared.domain.ids import RequestId, UserId
from emo_grpc.shared.domain.messages import Command, Result_co


@dataclass(frozen=True, slots=True)
class OwnerCommand(Command[Result_co]):
    """Asked for by an owner, whose counters it changes."""

    owner_id: UserId

    @property
    def subject(self) -> Hashable:
        """The owner."""
        return self.owner_id


@dataclass(frozen=True, slots=True)
class UploadStep(Command[None]):
    """Asked for by the stream that has the upload."""

    asset_id: AssetId
    fence: Fence

    @property
    def subject(self) -> Hashable:
        """The asset."""
        return self.asset_id


@dataclass(frozen=True, slots=True)
class CreateAsset(OwnerCommand[AssetId]):
    """Make an asset that waits for its file; gives its id, the first one when `request_id` was used before."""

    description: Description
    file: File
    request_id: RequestId | None = None


@dataclass(frozen=True, slots=True)
class AssetChange:
    """New values for some fields; None leaves a field as it is, and `clear_event_date` takes the date away.

    Tags and people are added after those that are there, or taken from them.
    """

    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    people: tuple[str, ...] | None = None
    location: str | None = None
    event_date: datetime | None = None
    clear_event_date: bool = False
    bookmarked: bool | None = None
    extra_private: bool | None = None
    folder: str | None = None
    event_precision: DatePrecision | None = None
    event_zone: str | None = None
    file_name: str | None = None
    content_type: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    add_people: tuple[str, ...] = ()
    remove_people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateAsset(OwnerCommand[None]):
    """Change what is said of an asset. A non-empty `etag` must be the current one."""

    asset_id: AssetId
    change: AssetChange
    etag: str = ""


@dataclass(frozen=True, slots=True)
class DeleteAsset(OwnerCommand[None]):
    """Move an asset to the trash. A non-empty `etag` must be the current one."""

    asset_id: AssetId
    etag: str = ""


@dataclass(frozen=True, slots=True)
class StartUpload(OwnerCommand[UploadTicket]):
    """Begin an upload or take it over. Raises OffsetOutOfRange if `offset` lies beyond what is persisted."""

    asset_id: AssetId
    offset: int

    @property
    def subject(self) -> AssetId:
        """The asset: it begins what counters of the owner know already."""
        return self.asset_id


@dataclass(frozen=True, slots=True)
class CheckpointUpload(UploadStep):
    """The next part is stored: its token, its plaintext bytes, and the CRC-32C of the file so far."""

    token: str
    size: int
    crc32c: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class CloseUpload(UploadStep):
    """All bytes have come: nothing can follow any more."""


@dataclass(frozen=True, slots=True)
class CompleteObject(UploadStep):
    """The upload is closed: make its object visible in the store.

    `tokens`: of the parts that this stream has stored, which come last, in order.
    """

    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompletionStep(UploadStep):
    """The object is visible. `owner_id`: who uploads it. `data_key` is that of the ticket."""

    owner_id: UserId
    data_key: bytes = field(repr=False)

    @property
    def subject(self) -> UserId:
        """The owner, whose counters it changes."""
        return self.owner_id


@dataclass(frozen=True, slots=True)
class CompleteUpload(CompletionStep):
    """Note that the asset is ready."""


@dataclass(frozen=True, slots=True)
class CompleteAtOnce(CompletionStep):
    """Note the only part, of `size` plaintext bytes, and that the asset is ready. `token`: of the part."""

    token: str
    size: int
    crc32c: int


@dataclass(frozen=True, slots=True)
class RestartUpload(UploadStep):
    """What was received is not the file that was meant: drop it."""


@dataclass(frozen=True, slots=True)
class CancelUpload(OwnerCommand[None]):
    """Drop what was received; nothing is OK too."""

    asset_id: AssetId


@dataclass(frozen=True, slots=True)
class ExpireUploads(Command[int]):
    """Drop some uploads whose time is over, and forget some old request ids; gives how many."""


@dataclass(frozen=True, slots=True)
class RewrapKeys(Command[int]):
    """Wrap some data keys with the current key-encryption key; gives how many were not yet."""


@dataclass(frozen=True, slots=True)
class UpgradeDocuments(Command[int]):
    """Rewrite up to 100 documents of earlier releases as this one does; gives how many.

    Versions rise as with every save, and etags with them: a unit of work elsewhere may have read the old document, and
    a caller the old view of it. Both read again, and nothing is lost.
    """


@dataclass(frozen=True, slots=True)
class RemoveOrphans(Command[int]):
    """Drop uploads in the store that nothing refers to, begun before `before`; gives how many."""

    before: datetime


@dataclass(frozen=True, slots=True)
class CountOrphans(Command[int]):
    """Count objects that nothing refers to, older than `before`; `prefix` as of `BlobStore.list_complete`."""

    before: datetime
    prefix: str
