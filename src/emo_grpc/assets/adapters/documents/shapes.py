"""The shapes of stored documents: JSON's own types.

Times are ISO 8601 in UTC, bytes are base64, ids the text of the UUID, sizes plaintext bytes. A document does not hold
the version of its aggregate, which stands beside it.
"""

from typing import Annotated, Final

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

STRICT: Final = ConfigDict(strict=True)

Size = Annotated[int, Field(ge=0, lt=1 << 63)]
Crc32c = Annotated[int, Field(ge=0, lt=1 << 32)]


@with_config(STRICT)
class WrappedKeyDocument(TypedDict):
    """`ciphertext` is base64."""

    kek_id: str
    ciphertext: str


@with_config(STRICT)
class ManifestDocument(TypedDict):
    """As Manifest."""

    size: Size
    part_size: Size
    crc32c: Crc32c


@with_config(STRICT)
class ContentDocument(TypedDict):
    """As StoredContent."""

    blob_key: str
    manifest: ManifestDocument
    wrapped_key: WrappedKeyDocument


@with_config(STRICT)
class DescriptionDocument(TypedDict):
    """As Description."""

    title: str
    description: str
    tags: list[str]
    people: list[str]
    location: str
    event_date: str | None
    bookmarked: bool
    extra_private: bool
    folder: str
    event_precision: str
    event_zone: str


@with_config(STRICT)
class FileDocument(TypedDict):
    """As File."""

    name: str
    content_type: str
    size_bytes: Size
    crc32c: Crc32c | None


@with_config(STRICT)
class AssetDocument(TypedDict):
    """As Asset, less its version."""

    schema_version: int
    asset_id: str
    owner_ids: list[str]
    description: DescriptionDocument
    file: FileDocument
    state: str
    create_time: str
    update_time: str
    content: ContentDocument | None
    delete_time: str | None
    purge_time: str | None


@with_config(STRICT)
class UploadDocument(TypedDict):
    """As Upload, less its version and receipts."""

    schema_version: int
    asset_id: str
    owner_ids: list[str]
    declared_size: Size
    part_size: Size
    blob_key: str
    upload_handle: str
    wrapped_key: WrappedKeyDocument
    create_time: str
    expire_time: str
    generation: Size
    persisted_size: Size
    part_count: Size
    crc32c: Crc32c
    is_sealed: bool
