"""Uploads as documents."""

from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from emo_grpc.assets.adapters.documents.shapes import UploadDocument
from emo_grpc.assets.adapters.documents.upcasters import UPCASTERS, UPLOAD_VERSION
from emo_grpc.assets.adapters.documents.values import key_from, key_to_document, owner_ids_from, utc_text
from emo_grpc.assets.domain.damaged import DamagedUpload
from emo_grpc.assets.domain.errors import AssetRecordCorrupt, UploadNotFound
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.document_kind import DocumentKind
from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters, upcast
from emo_grpc.shared.adapters.times import stored_time

_SHAPE: Final = TypeAdapter(UploadDocument)


def upload_to_document(upload: Upload) -> UploadDocument:
    """How an upload is stored; its receipts are kept elsewhere."""
    return {
        "schema_version": UPLOAD_VERSION,
        "asset_id": str(upload.asset_id),
        "owner_ids": [str(owner_id) for owner_id in upload.owner_ids],
        "declared_size": upload.declared_size,
        "part_size": upload.part_size,
        "blob_key": str(upload.blob_key),
        "upload_handle": upload.upload_handle,
        "wrapped_key": key_to_document(upload.wrapped_key),
        "create_time": utc_text(upload.create_time),
        "expire_time": utc_text(upload.expire_time),
        "generation": upload.generation,
        "persisted_size": upload.persisted_size,
        "part_count": upload.part_count,
        "crc32c": upload.crc32c,
        "is_sealed": upload.is_closed,
    }


def upload_from_document(raw: Raw, version: int, upcasters: Upcasters = UPCASTERS.uploads) -> Upload:
    """Read an upload of any known schema version, with no new receipts; raises of UNREADABLE."""
    document = _SHAPE.validate_python(upcast(raw, upcasters, UPLOAD_VERSION))
    return Upload(
        version=version,
        asset_id=AssetId(UUID(document["asset_id"])),
        owner_ids=owner_ids_from(document["owner_ids"]),
        declared_size=document["declared_size"],
        part_size=document["part_size"],
        blob_key=BlobKey(UUID(document["blob_key"])),
        upload_handle=document["upload_handle"],
        wrapped_key=key_from(document["wrapped_key"]),
        create_time=stored_time(document["create_time"]),
        expire_time=stored_time(document["expire_time"]),
        generation=document["generation"],
        persisted_size=document["persisted_size"],
        part_count=document["part_count"],
        crc32c=document["crc32c"],
        is_closed=document["is_sealed"],
    )


UPLOAD: Final[DocumentKind[AssetId, Upload, DamagedUpload]] = DocumentKind(
    name="uploads",
    id_name="asset_id",
    id_type=AssetId,
    aggregate=Upload,
    schema_version=UPLOAD_VERSION,
    upcasters=UPCASTERS.uploads,
    from_document=upload_from_document,
    not_found=UploadNotFound,
    corrupt=AssetRecordCorrupt,
)
