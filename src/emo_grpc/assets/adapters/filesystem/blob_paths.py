"""Where a FilesystemBlobStore keeps what."""

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import PartReceipt, UnfinishedBlob

KEY: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HANDLE: Final = re.compile(rf"({KEY.pattern})\.([0-9]{{1,12}})\.[0-9a-f]{{16}}")
TOKEN: Final = re.compile(r"[0-9a-f]{16}")
MARK: Final = "receipts-"


class BlobPaths:
    """The folders under `root`. Handles and receipts come back from the database, and must not lead out of them."""

    def __init__(self, root: Path) -> None:
        self.uploads = root / "uploads"
        self.blobs = root / "blobs"
        self.trash = root / "trash"
        self.installation = root / "installation"

    def upload(self, key: BlobKey, handle: str) -> Path:
        """The folder of an upload's parts; raises BlobNotFound if this is no handle of that key."""
        if not is_handle_of(key, handle):
            raise BlobNotFound("there is no such upload")
        return self.uploads / handle

    def blob(self, key: BlobKey) -> Path:
        """The folder of an object."""
        name = str(UUID(str(key)))
        return self.blobs / name[:2] / name


def new_handle(key: BlobKey, time: datetime) -> str:
    """A handle for an upload that begins now."""
    return f"{key}.{int(time.timestamp())}.{secrets.token_hex(8)}"


def is_handle_of(key: BlobKey, handle: str) -> bool:
    """Whether an upload of this key may have that handle."""
    found = HANDLE.fullmatch(handle)
    return found is not None and found[1] == str(key)


def unfinished_of(handle: str) -> UnfinishedBlob | None:
    """What a handle says; None if it is none."""
    found = HANDLE.fullmatch(handle)
    if found is None:
        return None
    return UnfinishedBlob(BlobKey(UUID(found[1])), handle, datetime.fromtimestamp(int(found[2]), UTC))


def part_name(receipt: PartReceipt) -> str:
    """The name of a part's file while it is uploaded; raises BlobNotFound if this is no receipt of ours."""
    if receipt.number < 1 or not TOKEN.fullmatch(receipt.token):
        raise BlobNotFound("there is no such part")
    return f"{receipt.number}-{receipt.token}"


def mark_of(receipts: Sequence[PartReceipt]) -> str:
    """The name of the empty file that tells with which parts an object was completed."""
    return MARK + sha256(" ".join(map(part_name, receipts)).encode()).hexdigest()
