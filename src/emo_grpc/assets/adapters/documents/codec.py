"""Assets and uploads as documents, the same in every database; their shapes are in document_shapes.py.

What was stored had been checked when it came in, perhaps by the wider limits of an earlier release, and checking text
again takes longer than everything else. So the values are made without their `__post_init__`.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from emo_grpc.assets.adapters.documents.shapes import (
    AssetDocument,
    ContentDocument,
    DescriptionDocument,
    FileDocument,
    UploadDocument,
    WrappedKeyDocument,
)
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.content import Manifest, StoredContent, WrappedKey
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters, upcast
from emo_grpc.shared.domain.ids import UserId

ASSET_VERSION: Final = 2
UPLOAD_VERSION: Final = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AssetUpcasters:
    """How the documents of earlier releases are read.

    What lists are sorted and filtered by is stored beside a document too, so a step that changes any of that needs SQL
    of its own in the schema.
    """

    assets: Upcasters = field(default_factory=dict)
    uploads: Upcasters = field(default_factory=dict)


UPCASTERS: Final = AssetUpcasters(assets={1: lambda raw: raw})
"""An asset of version 2 looks like one of version 1, and its metadata are counted (see Usage). So a release that does
not count them leaves it alone, and saving one of version 1 counts it.
"""


UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError)
"""What reading a damaged document raises."""

_ASSET: Final = TypeAdapter(AssetDocument)
_UPLOAD: Final = TypeAdapter(UploadDocument)


def dump(document: AssetDocument | UploadDocument) -> str:
    """The text to store."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def parse_asset(text: str | bytes, upcasters: Upcasters = UPCASTERS.assets) -> AssetDocument:
    """The stored document of an asset, in today's shape; raises UnknownSchemaVersion, or of UNREADABLE."""
    return current_asset(json.loads(text), upcasters)


def parse_upload(text: str | bytes, upcasters: Upcasters = UPCASTERS.uploads) -> UploadDocument:
    """The stored document of an upload, in today's shape; raises UnknownSchemaVersion, or of UNREADABLE."""
    return current_upload(json.loads(text), upcasters)


def current_asset(raw: Raw, upcasters: Upcasters = UPCASTERS.assets) -> AssetDocument:
    """As `parse_asset`, for engines that store more than text."""
    return _ASSET.validate_python(upcast(raw, upcasters, ASSET_VERSION))


def current_upload(raw: Raw, upcasters: Upcasters = UPCASTERS.uploads) -> UploadDocument:
    """As `parse_upload`, for engines that store more than text."""
    return _UPLOAD.validate_python(upcast(raw, upcasters, UPLOAD_VERSION))


def asset_document(asset: Asset) -> AssetDocument:
    """How an asset is stored."""
    said = asset.description
    return {
        "schema_version": ASSET_VERSION,
        "asset_id": str(asset.asset_id),
        "owner_ids": [str(owner_id) for owner_id in asset.owner_ids],
        "description": {
            "title": said.title,
            "description": said.description,
            "tags": list(said.tags),
            "people": list(said.people),
            "location": said.location,
            "event_date": None if said.event_date is None else _text(said.event_date),
            "bookmarked": said.bookmarked,
            "extra_private": said.extra_private,
        },
        "file": {
            "name": asset.file.name,
            "content_type": asset.file.content_type,
            "size_bytes": asset.file.size_bytes,
            "crc32c": asset.file.crc32c,
        },
        "state": asset.state.value,
        "create_time": _text(asset.create_time),
        "update_time": _text(asset.update_time),
        "content": None if asset.content is None else _content_document(asset.content),
    }


def asset_from(document: AssetDocument, version: int) -> Asset:
    """The asset that was stored so."""
    content = document["content"]
    return Asset(
        version=version,
        asset_id=AssetId(UUID(document["asset_id"])),
        owner_ids=owner_ids_from(document["owner_ids"]),
        description=description_from(document["description"]),
        file=file_from(document["file"]),
        state=AssetState(document["state"]),
        create_time=time_from(document["create_time"]),
        update_time=time_from(document["update_time"]),
        content=None if content is None else content_from(content),
    )


def upload_document(upload: Upload) -> UploadDocument:
    """How an upload is stored; its receipts are kept elsewhere."""
    return {
        "schema_version": UPLOAD_VERSION,
        "asset_id": str(upload.asset_id),
        "owner_ids": [str(owner_id) for owner_id in upload.owner_ids],
        "declared_size": upload.declared_size,
        "part_size": upload.part_size,
        "blob_key": str(upload.blob_key),
        "upload_handle": upload.upload_handle,
        "wrapped_key": _key_document(upload.wrapped_key),
        "create_time": _text(upload.create_time),
        "expire_time": _text(upload.expire_time),
        "generation": upload.generation,
        "persisted_size": upload.persisted_size,
        "part_count": upload.part_count,
        "crc32c": upload.crc32c,
        "is_sealed": upload.is_closed,
    }


def upload_from(document: UploadDocument, version: int) -> Upload:
    """The upload that was stored so, with no new receipts."""
    return Upload(
        version=version,
        asset_id=AssetId(UUID(document["asset_id"])),
        owner_ids=owner_ids_from(document["owner_ids"]),
        declared_size=document["declared_size"],
        part_size=document["part_size"],
        blob_key=BlobKey(UUID(document["blob_key"])),
        upload_handle=document["upload_handle"],
        wrapped_key=_key_from(document["wrapped_key"]),
        create_time=time_from(document["create_time"]),
        expire_time=time_from(document["expire_time"]),
        generation=document["generation"],
        persisted_size=document["persisted_size"],
        part_count=document["part_count"],
        crc32c=document["crc32c"],
        is_closed=document["is_sealed"],
    )


def owner_ids_from(texts: list[str]) -> tuple[UserId, ...]:
    """The owners."""
    return tuple([UserId(UUID(text)) for text in texts])


def description_from(document: DescriptionDocument) -> Description:
    """What is said of an asset, unchecked."""
    event_date, tags, people = document["event_date"], document["tags"], document["people"]
    _require_text(document["title"], document["description"], document["location"], *tags, *people)
    return _unchecked(
        Description,
        title=document["title"],
        description=document["description"],
        tags=tuple(tags),
        people=tuple(people),
        location=document["location"],
        event_date=None if event_date is None else time_from(event_date),
        bookmarked=document["bookmarked"],
        extra_private=document["extra_private"],
    )


def file_from(document: FileDocument) -> File:
    """The file of an asset, unchecked."""
    _require_text(document["name"], document["content_type"])
    return _unchecked(
        File,
        name=document["name"],
        content_type=document["content_type"],
        size_bytes=document["size_bytes"],
        crc32c=document["crc32c"],
    )


def content_from(document: ContentDocument) -> StoredContent:
    """Where a finished file is."""
    return StoredContent(
        blob_key=BlobKey(UUID(document["blob_key"])),
        manifest=Manifest(**document["manifest"]),
        wrapped_key=_key_from(document["wrapped_key"]),
    )


def _content_document(content: StoredContent) -> ContentDocument:
    manifest = content.manifest
    return {
        "blob_key": str(content.blob_key),
        "manifest": {"size": manifest.size, "part_size": manifest.part_size, "crc32c": manifest.crc32c},
        "wrapped_key": _key_document(content.wrapped_key),
    }


def _key_document(key: WrappedKey) -> WrappedKeyDocument:
    return {"kek_id": key.kek_id, "ciphertext": b64encode(key.ciphertext).decode()}


def _key_from(document: WrappedKeyDocument) -> WrappedKey:
    return WrappedKey(document["kek_id"], b64decode(document["ciphertext"]))


def _require_text(*texts: str) -> None:
    """Raise ValueError if half a surrogate pair is in one, which no message can carry."""
    "".join(texts).encode()


def time_from(text: str) -> datetime:
    """A stored time; raises ValueError if it is none."""
    time = datetime.fromisoformat(text)
    if time.utcoffset() != timedelta(0):
        raise ValueError("a stored time is in UTC")
    return time


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def _unchecked(kind: type[T], **values: object) -> T:
    thing = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(thing, name, value)
    return thing
