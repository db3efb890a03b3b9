"""Assets and uploads to store."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.content import Manifest, StoredContent, WrappedKey
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.domain.ids import UserId

NOW = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
WEEK = timedelta(days=7)
MIB = 1 << 20
ANN = UserId(uuid4())
BOB = UserId(uuid4())


def an_asset(
    description: Description | None = None,
    *,
    owner_id: UserId = ANN,
    content_type: str = "image/jpeg",
    size: int = 0,
    now: datetime = NOW,
) -> Asset:
    """A pending one."""
    return Asset.create(
        asset_id=AssetId.new(),
        owner_id=owner_id,
        description=description or Description(title="The lake"),
        file=File(name="lake.jpg", content_type=content_type, size_bytes=size),
        now=now,
    )


def content(size: int, kek_id: str = "kek-1") -> StoredContent:
    """What is known of a stored file of that many bytes."""
    return StoredContent(BlobKey.new(), Manifest(size, 8 * MIB, 0xDEADBEEF), WrappedKey(kek_id, b"\x00key\xff"))


def a_ready_asset(
    description: Description | None = None,
    *,
    owner_id: UserId = ANN,
    content_type: str = "image/jpeg",
    size: int = 10,
    now: datetime = NOW,
    kek_id: str = "kek-1",
) -> Asset:
    """A complete one."""
    asset = an_asset(description, owner_id=owner_id, content_type=content_type, size=size, now=now)
    asset.complete(content(size, kek_id), now=now)
    return asset


def an_upload(
    asset: Asset, *, expire_time: datetime = NOW + WEEK, kek_id: str = "kek-1", blob_key: BlobKey | None = None
) -> Upload:
    """One of an asset, with nothing stored yet."""
    return Upload(
        asset_id=asset.asset_id,
        owner_ids=asset.owner_ids,
        declared_size=asset.file.size_bytes,
        part_size=8 * MIB,
        blob_key=blob_key or BlobKey.new(),
        upload_handle="handle",
        wrapped_key=WrappedKey(kek_id, b"wrapped"),
        create_time=NOW,
        expire_time=expire_time,
    )


def persist(upload: Upload, token: str, size: int) -> None:
    """A part comes in."""
    upload.checkpoint(upload.fence, token=token, size=size, crc32c=7, is_last=False, expire_time=upload.expire_time)
