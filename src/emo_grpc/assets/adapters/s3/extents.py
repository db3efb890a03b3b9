"""Where the stored bytes of a complete blob lie in S3."""

from dataclasses import dataclass

from emo_grpc.assets.adapters.s3.bucket import S3Bucket
from emo_grpc.assets.adapters.s3.stored_objects import StoredObject
from emo_grpc.assets.adapters.s3.volumes import object_name, parse_name
from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import SEGMENT_SIZE, FileLayout


@dataclass(frozen=True, slots=True)
class Extent:
    """The stored bytes from `start` to before `end` of all parts together: those from 0 of one S3 object."""

    name: str
    start: int
    end: int


def part_start(layout: FileLayout, part: int) -> int:
    """Stored bytes of all parts before this one."""
    return (part - 1) * layout.stored_part_size(1) if part > 1 else 0


def stored_range(layout: FileLayout, offset: int, length: int) -> range:
    """The stored bytes of all segments that hold some plaintext range; `length` 0 = to the end."""
    end = min(offset + length, layout.size) if length else layout.size
    if offset >= end and layout.size:
        return range(0)
    first, last = layout.locate(offset), layout.locate(max(0, end - 1))
    of_last = min((last.segment + 1) * SEGMENT_SIZE, layout.stored_part_size(last.part))
    return range(part_start(layout, first.part) + first.segment * SEGMENT_SIZE, part_start(layout, last.part) + of_last)


def find_extents(bucket: S3Bucket, key: BlobKey, layout: FileLayout) -> list[Extent]:
    """Those of a complete blob, in order.

    Raises BlobNotFound, and StoredFileCorrupt if an object is too short, or the last one too long for its parts. Behind
    the parts that count there may be some that were never acknowledged: so the first one may look like the whole.
    """
    named = {parse_name(found.name): found for found in bucket.objects(object_name(key))}
    objects = {name[1]: found for name, found in named.items() if name is not None and name[0] == key}
    if 1 not in objects:
        raise BlobNotFound("the stored file is gone")
    firsts = sorted(objects)
    return [
        _extent(objects[first], layout, first, following)
        for first, following in zip(firsts, [*firsts[1:], None], strict=True)
    ]


def _extent(found: StoredObject, layout: FileLayout, first: int, following: int | None) -> Extent:
    start = part_start(layout, first)
    end = layout.stored_size if following is None else part_start(layout, following)
    surplus = found.size - (end - start)
    if surplus < 0 or (surplus > 0 and following is None and not _has_more_parts(found, layout.part_count - first + 1)):
        raise StoredFileCorrupt("the stored file has another size than it should", metadata={"part": str(first)})
    return Extent(found.name, start, end)


def _has_more_parts(found: StoredObject, count: int) -> bool:
    return found.part_count is not None and found.part_count > count
