"""Assets as documents.

What was stored had been checked when it came in, perhaps by the wider limits of an earlier release, and checking text
again takes longer than everything else. So the values are made without their `__post_init__`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from emo_grpc.assets.adapters.documents.shapes import (
    AssetDocument,
    ContentDocument,
    DescriptionDocument,
    FileDocument,
)
from emo_grpc.assets.adapters.documents.upcasters import ASSET_VERSION, UPCASTERS
from emo_grpc.assets.adapters.documents.values import key_from, key_to_document, owner_ids_from, utc_text
from emo_grpc.assets.domain.asset import Asset, AssetState, Description
from emo_grpc.assets.domain.content import Manifest, StoredContent
from emo_grpc.assets.domain.damaged import DamagedAsset
from emo_grpc.assets.domain.errors import AssetNotFound, AssetRecordCorrupt
from emo_grpc.assets.domain.event_date import DatePrecision
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.shared.adapters.document_kind import DocumentKind
from emo_grpc.shared.adapters.json_documents import parse_document
from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters, require_text, upcast
from emo_grpc.shared.adapters.times import stored_time

T = TypeVar("T")

_SHAPE: Final = TypeAdapter(AssetDocument)


def current_asset(raw: Raw, upcasters: Upcasters = UPCASTERS.assets) -> AssetDocument:
    """The stored document of an asset, in today's shape; raises of UNREADABLE."""
    return _SHAPE.validate_python(upcast(raw, upcasters, ASSET_VERSION))


def stored_asset(text: bytes) -> AssetDocument:
    """The stored document of an asset in JSON, in today's shape; raises of UNREADABLE."""
    try:
        document = _SHAPE.validate_json(text)  # at one go, in two thirds of the time
    except ValidationError:
        document = None
    if document is not None and document["schema_version"] == ASSET_VERSION:
        return document
    return current_asset(parse_document(text))


def asset_to_document(asset: Asset) -> AssetDocument:
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
            "event_date": _text_of(said.event_date),
            "bookmarked": said.bookmarked,
            "extra_private": said.extra_private,
            "folder": said.folder,
            "event_precision": said.event_precision.value,
            "event_zone": said.event_zone,
        },
        "file": {
            "name": asset.file.name,
            "content_type": asset.file.content_type,
            "size_bytes": asset.file.size_bytes,
            "crc32c": asset.file.crc32c,
        },
        "state": asset.state.value,
        "create_time": utc_text(asset.create_time),
        "update_time": utc_text(asset.update_time),
        "content": None if asset.content is None else _content_to_document(asset.content),
        "delete_time": _text_of(asset.delete_time),
        "purge_time": _text_of(asset.purge_time),
    }


def asset_from_document(raw: Raw, version: int, upcasters: Upcasters = UPCASTERS.assets) -> Asset:
    """Read an asset of any known schema version; raises of UNREADABLE."""
    document = current_asset(raw, upcasters)
    content = document["content"]
    return Asset(
        version=version,
        asset_id=AssetId(UUID(document["asset_id"])),
        owner_ids=owner_ids_from(document["owner_ids"]),
        description=description_from(document["description"]),
        file=file_from(document["file"]),
        state=AssetState(document["state"]),
        create_time=stored_time(document["create_time"]),
        update_time=stored_time(document["update_time"]),
        content=None if content is None else content_from(content),
        delete_time=time_from(document["delete_time"]),
        purge_time=time_from(document["purge_time"]),
    )


def description_from(document: DescriptionDocument) -> Description:
    """What is said of an asset, unchecked."""
    tags, people = document["tags"], document["people"]
    texts = (document["title"], document["description"], document["location"], document["folder"])
    require_text(*texts, document["event_zone"], *tags, *people)
    parsed: dict[str, object] = {
        "tags": tuple(tags),
        "people": tuple(people),
        "event_date": time_from(document["event_date"]),
        "event_precision": DatePrecision(document["event_precision"]),
    }
    return _unchecked(Description, document | parsed)


def file_from(document: FileDocument) -> File:
    """The file of an asset, unchecked."""
    require_text(document["name"], document["content_type"])
    return _unchecked(File, document)


def content_from(document: ContentDocument) -> StoredContent:
    """Where a finished file is."""
    return StoredContent(
        blob_key=BlobKey(UUID(document["blob_key"])),
        manifest=Manifest(**document["manifest"]),
        wrapped_key=key_from(document["wrapped_key"]),
    )


def time_from(text: str | None) -> datetime | None:
    """A time that may not be set."""
    return None if text is None else stored_time(text)


def _text_of(time: datetime | None) -> str | None:
    return None if time is None else utc_text(time)


def _content_to_document(content: StoredContent) -> ContentDocument:
    manifest = content.manifest
    return {
        "blob_key": str(content.blob_key),
        "manifest": {"size": manifest.size, "part_size": manifest.part_size, "crc32c": manifest.crc32c},
        "wrapped_key": key_to_document(content.wrapped_key),
    }


def _unchecked(kind: type[T], values: Mapping[str, object]) -> T:
    thing = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(thing, name, value)
    return thing


ASSET: Final[DocumentKind[AssetId, Asset, DamagedAsset]] = DocumentKind(
    name="assets",
    id_name="asset_id",
    id_type=AssetId,
    aggregate=Asset,
    schema_version=ASSET_VERSION,
    upcasters=UPCASTERS.assets,
    from_document=asset_from_document,
    not_found=AssetNotFound,
    corrupt=AssetRecordCorrupt,
)
