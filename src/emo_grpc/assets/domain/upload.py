"""The upload: how far the file of an asset has come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.domain.errors import UploadSuperseded
from emo_grpc.assets.domain.events import UploadDropped
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.layout import FileLayout, is_small_file
from emo_grpc.assets.domain.usage import reserved_bytes_of
from emo_grpc.shared.domain.aggregate import Aggregate
from emo_grpc.shared.domain.ids import UserId


@dataclass(frozen=True, slots=True)
class Fence:
    """Says which stream is the last that took the upload over. Any earlier one is refused."""

    blob_key: BlobKey
    generation: int


@dataclass(slots=True, kw_only=True)
class Upload(Aggregate):
    """The root, one for an asset at the most.

    Sizes are plaintext bytes: `persisted_size` of what is durable, `part_size` of every part but the last,
    `declared_size` 0 = not known. `crc32c` is that of the persisted bytes. `is_closed`: the last part is stored, so
    nothing can follow. `new_receipts` are the tokens of parts stored since this was read; those before stay in the
    repository.
    """

    asset_id: AssetId
    owner_ids: tuple[UserId, ...]
    declared_size: int
    part_size: int
    blob_key: BlobKey
    upload_handle: str
    wrapped_key: WrappedKey
    create_time: datetime
    expire_time: datetime
    generation: int = 0
    persisted_size: int = 0
    part_count: int = 0
    crc32c: int = 0
    is_closed: bool = False
    new_receipts: list[str] = field(default_factory=list)

    @property
    def fence(self) -> Fence:
        """That of the stream that goes on now."""
        return Fence(self.blob_key, self.generation)

    @property
    def layout(self) -> FileLayout:
        """Where the persisted bytes lie."""
        return FileLayout(self.persisted_size, self.part_size)

    @property
    def is_to_be_replaced(self) -> bool:
        """Whether a new stream begins another in its place: a crash may have left a small file that no row names."""
        return is_small_file(self.declared_size) and not self.part_count

    @property
    def is_sound(self) -> bool:
        """Whether the numbers fit each other: whole parts, and only a closed upload's last one may be shorter."""
        if self.is_closed and self.part_count:
            return self.persisted_size >= 0 and self.layout.part_count == self.part_count
        return self.persisted_size == self.part_count * self.part_size

    def has_receipts(self, tokens: Sequence[str], last: Sequence[str] = ()) -> bool:
        """Whether its numbers fit, and `tokens` are those of all its parts, the last of them the ones given."""
        known = list(tokens[len(tokens) - len(last) :])
        return self.is_sound and len(tokens) == self.part_count and known == list(last)

    @property
    def reserved_bytes(self) -> int:
        """What it counts against the quota of each owner."""
        return reserved_bytes_of(self.declared_size, self.persisted_size)

    def take_over(self) -> None:
        """Let a new stream go on; the one before is refused. The upload lives longer only by bytes that are stored."""
        self.generation += 1

    def close(self) -> None:
        """Nothing can follow any more."""
        self.is_closed = True

    def rewrap(self, wrapped_key: WrappedKey) -> None:
        """Keep the same data key, wrapped anew."""
        self.wrapped_key = wrapped_key

    def checkpoint(
        self, fence: Fence, *, token: str, size: int, crc32c: int, is_last: bool, expire_time: datetime
    ) -> None:
        """The next part, of `size` bytes, is stored. Raises UploadSuperseded."""
        self.check(fence)
        if self.is_closed:
            raise UploadSuperseded
        self.new_receipts.append(token)
        self.part_count += 1
        self.persisted_size += size
        self.crc32c = crc32c
        self.is_closed = is_last
        self.expire_time = expire_time

    def check(self, fence: Fence) -> None:
        """Raise UploadSuperseded unless the stream is the last that took over."""
        if fence != self.fence:
            raise UploadSuperseded

    def drop(self) -> None:
        """Record that it is dropped; the repository removes it, together with its wrapped key."""
        self.record(UploadDropped(asset_id=self.asset_id, blob_key=self.blob_key, upload_handle=self.upload_handle))
