"""Where the bytes of a file lie: a file is stored as parts, each part as segments.

Every part but the last holds `part_size` plaintext bytes and is one complete Tink streaming AEAD ciphertext,
AES256_GCM_HKDF_1MB (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming): a header, then segments
of 1 MiB that each end with a tag; the header counts as part of the first segment. Sizes and offsets are bytes, part
numbers count from 1, segment indexes from 0. An empty file has one part, of one segment without plaintext.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SEGMENT_SIZE: Final = 1 << 20
HEADER_SIZE: Final = 40
TAG_SIZE: Final = 16
FIRST_SEGMENT_PLAINTEXT: Final = SEGMENT_SIZE - HEADER_SIZE - TAG_SIZE
SEGMENT_PLAINTEXT: Final = SEGMENT_SIZE - TAG_SIZE

PART_SIZE_STEP: Final = 8 << 20
MAX_PARTS: Final = 9_000
"""S3 takes 10,000 parts an object; the other 1,000 are for files that grow beyond what was declared."""


SMALL_FILE: Final = 1 << 20
"""Plaintext bytes of a file that is stored in one step, once all of it has come; what is broken off is sent again."""


def is_small_file(declared_size: int) -> bool:
    """Whether a file is stored in one step; not one whose size was not declared."""
    return 0 < declared_size <= SMALL_FILE


def part_size_for(declared_size: int) -> int:
    """The part size of a new file: 8 MiB, or the next multiple of it that needs no more than 9,000 parts.

    `declared_size` 0 means that it is not known.
    """
    steps = -(-declared_size // (MAX_PARTS * PART_SIZE_STEP))
    return max(1, steps) * PART_SIZE_STEP


def segment_end(index: int) -> int:
    """Plaintext bytes of a part up to the end of its segment `index`, if that segment is full."""
    return FIRST_SEGMENT_PLAINTEXT + index * SEGMENT_PLAINTEXT


def segment_at(offset: int) -> int:
    """Index of the segment that holds the plaintext byte `offset` of a part."""
    return (offset + SEGMENT_PLAINTEXT - FIRST_SEGMENT_PLAINTEXT) // SEGMENT_PLAINTEXT


def ciphertext_size(plaintext: int) -> int:
    """Stored size of a part with this many plaintext bytes."""
    segments = 1 + segment_at(max(0, plaintext - 1))
    return HEADER_SIZE + plaintext + segments * TAG_SIZE


@dataclass(frozen=True, slots=True)
class Position:
    """A plaintext byte of a file: `skip` bytes into the plaintext of segment `segment` of part `part`."""

    part: int
    segment: int
    skip: int


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A segment that holds some of a range of plaintext.

    It lies at `offset` of the stored part, with `length` bytes (the header lies before the first one). Of its
    plaintext the range takes `take` bytes after the first `skip`.
    """

    part: int
    index: int
    is_last: bool
    offset: int
    length: int
    skip: int
    take: int


@dataclass(frozen=True, slots=True)
class FileLayout:
    """How a complete file of `size` plaintext bytes is stored."""

    size: int
    part_size: int

    def __post_init__(self) -> None:
        if self.size < 0 or self.part_size <= 0:
            raise ValueError(f"not a layout: {self.size} bytes in parts of {self.part_size}")

    @property
    def part_count(self) -> int:
        """How many parts; an empty file has one."""
        return max(1, -(-self.size // self.part_size))

    @property
    def stored_size(self) -> int:
        """Stored bytes of all parts together."""
        return (self.part_count - 1) * ciphertext_size(self.part_size) + self.stored_part_size(self.part_count)

    def part_plaintext(self, part: int) -> int:
        """Plaintext bytes of a part."""
        return min(self.part_size, self.size - (part - 1) * self.part_size)

    def stored_part_size(self, part: int) -> int:
        """Stored bytes of a part."""
        return ciphertext_size(self.part_plaintext(part))

    def locate(self, offset: int) -> Position:
        """Where a plaintext byte of the file is; `offset` is below the size (or 0 in an empty file)."""
        part, within = divmod(offset, self.part_size)
        segment = segment_at(within)
        return Position(part + 1, segment, within - (segment_end(segment - 1) if segment else 0))

    def segments(self, offset: int, length: int) -> Iterator[StoredSegment]:
        """The segments that hold the plaintext range, in order; an empty range has none.

        The whole of an empty file is its one segment, so that its tag is checked like any other.
        """
        end = min(offset + length, self.size)
        at = offset
        while at < end or self.size == 0:
            segment = self._segment(self.locate(at), end - at)
            yield segment
            at += segment.take
            if at >= end:
                break

    def _segment(self, position: Position, wanted: int) -> StoredSegment:
        of_part = self.part_plaintext(position.part)
        end = segment_end(position.segment)
        plaintext = min(end, of_part) - (segment_end(position.segment - 1) if position.segment else 0)
        return StoredSegment(
            part=position.part,
            index=position.segment,
            is_last=end >= of_part,
            offset=position.segment * SEGMENT_SIZE or HEADER_SIZE,
            length=plaintext + TAG_SIZE,
            skip=position.skip,
            take=min(wanted, plaintext - position.skip),
        )
