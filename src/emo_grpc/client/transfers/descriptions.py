"""What a file says about itself."""

import mimetypes
import unicodedata
from pathlib import Path
from typing import Final

from emo.assets.v1.assets_pb2 import Asset

MAX_NAME: Final = 255
MAX_TITLE: Final = 200


def describe_file(path: Path, known: Asset | None = None, *, size_bytes: int | None = None) -> Asset:
    """A copy of `known` in which the file's name, content type, size and the title are filled in where missing.

    A name that is known says what the file is and is called, whatever `path` is.
    """
    asset = Asset()
    if known is not None:
        asset.CopyFrom(known)
    path = Path(asset.file.name or path)
    if not asset.file.name:
        asset.file.name = printable(path.name)[-MAX_NAME:] or "file"
    if not asset.file.content_type:
        asset.file.content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if size_bytes is not None:
        asset.file.size_bytes = size_bytes
    if not asset.title:
        asset.title = (printable(path.stem).strip() or printable(path.name).strip() or "Untitled")[:MAX_TITLE]
    return asset


def describe_source(source: object, size_bytes: int | None, known: Asset | None = None) -> Asset:
    """A copy of `known` with the size of its file, 0 = known only at the end; of a path see `describe_file`, too."""
    asset = Asset()
    if known is not None:
        asset.CopyFrom(known)
    asset.file.size_bytes = size_bytes or 0
    return describe_file(source, asset) if isinstance(source, Path) else asset


def printable(name: str) -> str:
    """The text of a file name; what is no text, and control characters, become a replacement character."""
    return "".join("\ufffd" if unicodedata.category(character) in ("Cc", "Cs") else character for character in name)
