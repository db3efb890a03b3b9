"""The shapes of stored documents: JSON's own types.

Times are ISO 8601 in UTC, bytes are base64, ids the text of the UUID, sizes plaintext bytes. A document does not hold
the version of its aggregate, which stands beside it.
"""

from typing import TypedDict


class WrappedKeyDocument(TypedDict):
    """`ciphertext` is base64."""

    kek_id: str
    ciphertext: str


class ManifestDocument(TypedDict):
    """As Manifest."""

    size: int
    part_size: int
    crc32c: int


class ContentDocument(TypedDict):
    """As StoredContent."""

    blob_key: str
    manifest: ManifestDocument
    wrapped_key: WrappedKeyDocument


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


class FileDocument(TypedDict):
    """As File."""

    name: str
    content_type: str
    size_bytes: int
    crc32c: int | None


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


class UploadDocument(TypedDict):
    """As Upload, less its version and receipts."""

    schema_version: int
    asset_id: str
    owner_ids: list[str]
    declared_size: int
    part_size: int
    blob_key: str
    upload_handle: str
    wrapped_key: WrappedKeyDocument
    create_time: str
    expire_time: str
    generation: int
    persisted_size: int
    part_count: int
    crc32c: int
    is_sealed: bool
