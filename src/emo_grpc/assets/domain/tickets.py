"""What an upload stream is told about its file when it begins."""

from dataclasses import dataclass, field

from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.domain.upload import Fence


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """An upload that the stream goes on with. Sizes are plaintext bytes, `crc32c` that of the persisted ones.

    `declared_size` 0 = not known; `is_closed`: all bytes are in, and nothing can follow.
    """

    asset_id: AssetId
    fence: Fence
    upload_handle: str
    declared_size: int
    part_size: int
    part_count: int
    persisted_size: int
    crc32c: int
    is_closed: bool
    data_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CompleteFile:
    """A file that is complete: the stream can only send it again, and nothing is written. `size` is in bytes."""

    size: int
    crc32c: int


UploadTicket = OpenUpload | CompleteFile
