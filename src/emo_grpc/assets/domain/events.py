"""What has happened to assets."""

from dataclasses import dataclass
from uuid import UUID

from emo_grpc.assets.domain.folder_move import Place
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.messages import Event


@dataclass(frozen=True, slots=True)
class AssetDeleted(Event):
    """An asset with a complete file is gone, and its key; the bytes have to follow."""

    asset_id: AssetId
    blob_key: BlobKey


@dataclass(frozen=True, slots=True)
class FolderHalfMoved(Event):
    """Some assets of a folder have gone where it goes, up to the place `after`, or none yet; others have to follow."""

    move_id: UUID
    owner_id: UserId
    source: str
    destination: str
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class LabelHalfRenamed(Event):
    """Some assets have a new label in place of one, up to the place `after`; others have to follow.

    `kind` is a LabelKind.
    """

    move_id: UUID
    owner_id: UserId
    kind: str
    label: str
    new_label: str
    after: Place


@dataclass(frozen=True, slots=True)
class UploadDropped(Event):
    """What an upload has stored is of no use any more."""

    asset_id: AssetId
    blob_key: BlobKey
    upload_handle: str
