"""How the parts of a blob are spread over multipart uploads.

An S3 keeps one version of a numbered part, and can't remove one by itself; some (Ceph among them) also refuse to
complete an upload while it has a part that is not asked for. So no two writers may share a multipart upload: each
generation writes one of its own, a *volume*. What a writer left in its volume without a checkpoint lies behind the
parts that count, for it stores them in order.

A volume is named after the first part that its writer stores: `assets/<key>` if that is part 1, else
`assets/<key>.<first>`, five digits. The parts of a volume end where the next one begins, so that a listing says where
each part is; and nearly every file is one volume. The volume of part 1 is completed last, which makes the file visible.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.service_layer.ports import PartReceipt

PREFIX: Final = "assets/"
NAME: Final = re.compile(rf"{PREFIX}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})(?:\.([0-9]{{5}}))?")
TOKEN: Final = re.compile(r"([0-9A-Za-z_=+-]+)(?:\.([0-9]{5})\.(.+))?")


@dataclass(frozen=True, slots=True)
class Volume:
    """One multipart upload: `first` is the number of the first part that it can have."""

    key: BlobKey
    first: int
    upload_id: str

    @property
    def name(self) -> str:
        """Of the S3 object."""
        return object_name(self.key, self.first)


@dataclass(slots=True)
class VolumeParts:
    """The parts of one volume that count: their numbers, which follow each other, with their ETags."""

    volume: Volume
    etags: dict[int, str] = field(default_factory=dict)


def object_name(key: BlobKey, first: int = 1) -> str:
    """The S3 object of the volume that begins with this part."""
    return f"{PREFIX}{key}" if first == 1 else f"{PREFIX}{key}.{first:05}"


def parse_name(name: str) -> tuple[BlobKey, int] | None:
    """The blob's key and the first part of a volume, or None: the object is not one of ours."""
    found = NAME.fullmatch(name)
    return None if found is None else (BlobKey(UUID(found[1])), int(found[2] or 1))


def handle_of(key: BlobKey, upload_id: str) -> str:
    """The port's handle of the upload whose first volume has this id."""
    return f"{key}.{upload_id}"


def first_volume(key: BlobKey, handle: str) -> Volume:
    """That of the first writer. Raises BlobNotFound: the handle is not one of this key."""
    found, _, upload_id = handle.partition(".")
    if found != str(key) or not upload_id:
        raise BlobNotFound("there is no such upload")
    return Volume(key, 1, upload_id)


def token_of(volume: Volume, etag: str, *, is_first: bool) -> str:
    """The token of a part: its ETag, and the volume unless it is that of the handle."""
    return etag if is_first else f"{etag}.{volume.first:05}.{volume.upload_id}"


def parts_by_volume(key: BlobKey, handle: str, receipts: Sequence[PartReceipt]) -> list[VolumeParts]:
    """The volumes that the receipts lie in, in order. Raises BlobNotFound if that can't be."""
    volumes: list[VolumeParts] = []
    for receipt in receipts:
        found = TOKEN.fullmatch(receipt.token)
        if found is None:
            raise BlobNotFound("there is no such part")
        volume = Volume(key, int(found[2]), found[3]) if found[2] else first_volume(key, handle)
        if not volumes or volumes[-1].volume != volume:
            volumes.append(VolumeParts(volume))
        volumes[-1].etags[receipt.number] = found[1]
    if not volumes or not _is_whole(volumes):
        raise BlobNotFound("the parts don't make a file")
    return volumes


def _is_whole(volumes: Sequence[VolumeParts]) -> bool:
    """Whether the parts of each volume begin with its first: then names tell which part is where."""
    return all(parts.volume.first == min(parts.etags) for parts in volumes)
