"""Values that the documents of assets and of uploads have in common."""

import hashlib
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from uuid import UUID

from emo_grpc.assets.adapters.documents.shapes import AssetDocument, UploadDocument, WrappedKeyDocument
from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.shared.domain.ids import UserId


def owner_ids_from(texts: list[str]) -> tuple[UserId, ...]:
    """The owners."""
    return tuple([UserId(UUID(text)) for text in texts])


def key_to_document(key: WrappedKey) -> WrappedKeyDocument:
    """How a wrapped key is stored."""
    return {"kek_id": key.kek_id, "ciphertext": b64encode(key.ciphertext).decode()}


def key_from(document: WrappedKeyDocument) -> WrappedKey:
    """The wrapped key that was stored so."""
    return WrappedKey(document["kek_id"], b64decode(document["ciphertext"]))


def dump(document: AssetDocument | UploadDocument) -> str:
    """The text to store in a database that has no documents of its own."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def utc_text(time: datetime) -> str:
    """UTC, ISO 8601; without microseconds where there are none."""
    return time.astimezone(UTC).isoformat()


def owner_digest(owner_id: UserId) -> bytes:
    """SHA-256: all that is kept of an owner who was removed. Ids are too random to guess."""
    return hashlib.sha256(f"removed owner {owner_id}".encode()).digest()
