"""Makes the volumes of a blob visible."""

from collections.abc import Sequence
from hashlib import md5
from typing import Final

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.errors import RETRY_AFTER, PartsRefused
from emo_grpc.assets.adapters.s3.stored_objects import StoredObject
from emo_grpc.assets.adapters.s3.volumes import VolumeParts
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.shared.domain.errors import Unavailable

ATTEMPTS: Final = 4
"""A writer that was superseded may store parts until its volume is complete."""


def complete(bucket: S3Bucket, volumes: Sequence[VolumeParts]) -> None:
    """Complete all, the first one last. Raises BlobNotFound, and StoredFileCorrupt if it was done with other parts."""
    if _head(bucket, volumes[0]) is not None:
        return _check(bucket, volumes)
    for parts in reversed(volumes):
        # A crash may have come between two of them.
        if parts is volumes[0] or _head(bucket, parts) is None:
            _complete(bucket, parts)
    return None


def _check(bucket: S3Bucket, volumes: Sequence[VolumeParts]) -> None:
    for parts in volumes:
        found = _head(bucket, parts)
        if found is None or _is_other(found, list(parts.etags.values())):
            raise StoredFileCorrupt("the object was completed with other parts")


def _complete(bucket: S3Bucket, parts: VolumeParts) -> None:
    volume, wanted = parts.volume, parts.etags
    for _ in range(ATTEMPTS):
        try:
            bucket.complete_upload(volume.name, volume.upload_id, wanted)
        except (BlobNotFound, Unavailable) as error:
            present = _parts(bucket, parts)
            # Another call may just have completed it; and Ceph answers 500 for an unknown upload.
            if _head(bucket, parts) is not None:
                return
            if present is None:
                raise BlobNotFound("the upload is gone") from error
            if not isinstance(error, PartsRefused):
                raise Unavailable("the file store contradicts itself", retry_after=RETRY_AFTER) from error
            if not parts.etags.items() <= present.items():
                raise
            # Ceph completes an upload with all parts that it has, or not at all; those not asked for come last.
            wanted = present
        else:
            return
    raise Unavailable("a writer that was superseded still stores parts", retry_after=RETRY_AFTER)


def _parts(bucket: S3Bucket, parts: VolumeParts) -> dict[int, str] | None:
    try:
        return bucket.parts(parts.volume.name, parts.volume.upload_id)
    except BlobNotFound:
        return None


def _head(bucket: S3Bucket, parts: VolumeParts) -> StoredObject | None:
    try:
        return bucket.head(parts.volume.name)
    except BlobNotFound:
        return None


def _is_other(found: StoredObject, etags: Sequence[str]) -> bool:
    """Whether an object is known to be made of other parts. Not every store lets us know."""
    if found.part_count is None:
        return False
    if found.part_count != len(etags):
        # With more parts it may have ours, and some that were never acknowledged.
        return found.part_count < len(etags)
    return found.is_md5_etag and found.etag.partition("-")[0] != _etag_of(etags)


def _etag_of(etags: Sequence[str]) -> str:
    try:
        return md5(b"".join(map(bytes.fromhex, etags)), usedforsecurity=False).hexdigest()
    except ValueError:
        return ""
