"""The file of an asset, as people see it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from emo_grpc.shared.domain.text import Violations

DEFAULT_CONTENT_TYPE: Final = "application/octet-stream"
MAX_NAME: Final = 255
MAX_CONTENT_TYPE: Final = 127
MAX_FILE_BYTES: Final = 1 << 40
"""1 TiB: above it a part, which is held in memory, would be larger than 128 MiB."""

_TOKEN: Final = frozenset("!#$&-^_.+abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
"""Characters of a restricted-name (RFC 6838 section 4.2)."""


class AssetKind(StrEnum):
    """What a file is by its content type."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    OTHER = "other"


_KINDS: Final = {
    "image": AssetKind.PHOTO,
    "video": AssetKind.VIDEO,
    "audio": AssetKind.AUDIO,
    "text": AssetKind.DOCUMENT,
}
_DOCUMENTS: Final = (
    "application/pdf",
    "application/rtf",
    "application/msword",
    "application/epub+zip",
    "application/vnd.oasis.opendocument",
    "application/vnd.openxmlformats-officedocument",
    "application/vnd.ms-",
)


def kind_of(content_type: str) -> AssetKind:
    """Tell the kind by the media type."""
    family = content_type.partition("/")[0]
    if family in _KINDS:
        return _KINDS[family]
    return AssetKind.DOCUMENT if content_type.startswith(_DOCUMENTS) else AssetKind.OTHER


@dataclass(frozen=True, slots=True)
class File:
    """A file: `name` is text, never a path; `size_bytes` is plaintext, 0 before the end = not known.

    `content_type` is a media type (RFC 6838) in lower case; `crc32c` is None until the file is complete.
    """

    name: str
    content_type: str = DEFAULT_CONTENT_TYPE
    size_bytes: int = 0
    crc32c: int | None = None

    def __post_init__(self) -> None:
        violations = Violations()
        violations.text("asset.file.name", self.name, minimum=1, maximum=MAX_NAME)
        if not _is_media_type(self.content_type):
            violations.add("asset.file.content_type", "must be a media type such as image/jpeg (RFC 6838)")
        if not 0 <= self.size_bytes <= MAX_FILE_BYTES:
            violations.add("asset.file.size_bytes", f"must be from 0 to {MAX_FILE_BYTES}")
        violations.raise_if_any()

    @property
    def kind(self) -> AssetKind:
        """What it is."""
        return kind_of(self.content_type)


def is_media_range(text: str) -> bool:
    """Whether files can have this media type, or one of its family for `image/*` (RFC 9110, section 12.5.1)."""
    return _is_media_type(text) or (text.endswith("/*") and _is_media_type(f"{text[:-1]}x"))


def _is_media_type(text: str) -> bool:
    family, slash, subtype = text.partition("/")
    return (
        bool(family and slash and subtype)
        and len(text) <= MAX_CONTENT_TYPE
        and text == text.lower()
        and _TOKEN.issuperset(family + subtype)
    )
