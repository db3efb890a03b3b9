"""Makes the tickets of upload streams."""

from emo_grpc.assets.domain.content import Manifest
from emo_grpc.assets.domain.errors import OffsetOutOfRange
from emo_grpc.assets.domain.tickets import CompleteFile, OpenUpload
from emo_grpc.assets.domain.upload import Upload


def check_offset(offset: int, persisted_size: int) -> None:
    """Raise OffsetOutOfRange, with the right one in its metadata, if bytes would be missing between."""
    if offset > persisted_size:
        raise OffsetOutOfRange(
            f"the upload goes on at {persisted_size}, not at {offset}", metadata={"persisted_size": str(persisted_size)}
        )


def ticket_of_upload(upload: Upload, data_key: bytes) -> OpenUpload:
    """For the stream that writes an upload from now on."""
    return OpenUpload(
        asset_id=upload.asset_id,
        fence=upload.fence,
        upload_handle=upload.upload_handle,
        declared_size=upload.declared_size,
        part_size=upload.part_size,
        part_count=upload.part_count,
        persisted_size=upload.persisted_size,
        crc32c=upload.crc32c,
        is_closed=upload.is_closed,
        data_key=data_key,
    )


def ticket_of_complete(manifest: Manifest, offset: int) -> CompleteFile:
    """For a stream that begins at `offset` to send a complete file again; raises OffsetOutOfRange."""
    check_offset(offset, manifest.size)
    return CompleteFile(manifest.size, manifest.crc32c)
