"""What an upload stream is told of the file that it writes."""

from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.commands import UploadTicket
from emo_grpc.assets.domain.content import StoredContent
from emo_grpc.assets.domain.errors import OffsetOutOfRange
from emo_grpc.assets.domain.upload import Fence, Upload


def check_offset(offset: int, persisted_size: int) -> None:
    """Raise OffsetOutOfRange, with the right one in its metadata, if bytes would be missing between."""
    if offset > persisted_size:
        raise OffsetOutOfRange(
            f"the upload goes on at {persisted_size}, not at {offset}", metadata={"persisted_size": str(persisted_size)}
        )


def ticket_of_upload(upload: Upload, data_key: bytes) -> UploadTicket:
    """For the stream that writes an upload from now on."""
    return UploadTicket(
        asset_id=upload.asset_id,
        fence=upload.fence,
        upload_handle=upload.upload_handle,
        declared_size=upload.declared_size,
        part_size=upload.part_size,
        part_count=upload.part_count,
        persisted_size=upload.persisted_size,
        crc32c=upload.crc32c,
        is_closed=upload.is_closed,
        is_complete=False,
        data_key=data_key,
    )


def ticket_of_complete(asset: Asset, content: StoredContent, offset: int) -> UploadTicket:
    """For a stream that sends a complete file again, of which nothing is written; raises OffsetOutOfRange."""
    check_offset(offset, content.manifest.size)
    return UploadTicket(
        asset_id=asset.asset_id,
        fence=Fence(content.blob_key, 0),
        upload_handle="",
        declared_size=content.manifest.size,
        part_size=content.manifest.part_size,
        part_count=0,
        persisted_size=content.manifest.size,
        crc32c=content.manifest.crc32c,
        is_closed=True,
        is_complete=True,
        data_key=b"",
    )
